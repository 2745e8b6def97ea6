import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * Names what a result was made from, so that it is made again when that changes.
 * @param {string} root
 * @param {readonly string[]} paths files and folders below it; absent ones count as empty
 * @param {RegExp} ignored paths below root that do not matter
 * @returns {string} SHA-256, hexadecimal
 */
export function contentHash(root, paths, ignored) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesBelow(root, join(root, path), ignored))) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesBelow(root, path, ignored) {
  if (ignored.test(relative(root, path))) return [];
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesBelow(root, join(path, entry.name), ignored));
}
