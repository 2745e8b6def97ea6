import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OWN_FOLDER = dirname(fileURLToPath(import.meta.url));

/** Everything here that decides what a build results in; the tests and the decision order do not. */
const BUILD_FILES = [
  'build.mjs',
  'compile.mjs',
  'ingredients.mjs',
  'meson-sources.mjs',
  'source-change.mjs',
  ...readdirSync(join(OWN_FOLDER, 'include')).map((name) => join('include', name)),
  ...readdirSync(join(OWN_FOLDER, 'libsrtp')).map((name) => join('libsrtp', name)),
];

/**
 * Name of the cache folder for a worker. It changes with mediasoup's version, the platform, the build files with the
 * archives they pin, and Debian's packages: OpenSSL is linked statically, so its security updates arrive by a rebuild.
 * @param {{ version: string, debianVersions: string[], platform?: string, arch?: string,
 *   readBuildFile?: (name: string) => string | Uint8Array }} input
 */
export function cacheKey({
  version,
  debianVersions,
  platform = process.platform,
  arch = process.arch,
  readBuildFile = (name) => readFileSync(join(OWN_FOLDER, name)),
}) {
  const hash = createHash('sha256');
  for (const name of BUILD_FILES) hash.update(name).update('\0').update(readBuildFile(name)).update('\0');
  hash.update(debianVersions.toSorted().join('\n'));
  return `worker-${version}-${platform}-${arch}-${hash.digest('hex').slice(0, 16)}`;
}
