import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** A file of the built page, ready to send. */
export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
  /** Absent where compressing does not pay. */
  readonly gzipped: Buffer | undefined;
  readonly etag: string;
  /** Its name carries the hash of its content, so that it never changes. */
  readonly isImmutable: boolean;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const COMPRESSIBLE = /^text\/|json|svg|javascript|wasm/;
/** Vite's `name-<8 characters of hash>.ext`. */
const HASHED_NAME = /-[\w-]{8}\.\w+$/;

/**
 * Reads the files below a directory into memory, compressed once: a page is under one megabyte, and nothing that a
 * request says ever becomes a path on disk.
 * @returns by path relative to the directory, with slashes
 */
export async function loadAssets(directory: string): Promise<ReadonlyMap<string, Asset>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const assets = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry): Promise<[string, Asset]> => {
        const path = join(entry.parentPath, entry.name);
        const name = path.slice(directory.length).replaceAll(sep, '/').replace(/^\//, '');
        return [name, await makeAsset(name, await readFile(path))];
      }),
  );
  return new Map(assets);
}

async function makeAsset(name: string, body: Buffer): Promise<Asset> {
  const contentType = CONTENT_TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream';
  const gzipped = COMPRESSIBLE.test(contentType) ? await compress(body, { level: 9 }) : undefined;
  return {
    contentType,
    body,
    gzipped: gzipped !== undefined && gzipped.length < body.length ? gzipped : undefined,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    isImmutable: HASHED_NAME.test(name),
  };
}
