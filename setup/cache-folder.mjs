import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where what is expensive to make is kept, shared by all checkouts of one user: worker, addon, downloaded archives. */
export function cacheFolder(env = process.env) {
  if (env.PARLEY_CACHE_DIR) return resolve(env.PARLEY_CACHE_DIR);
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'parley');
  return join(homedir(), '.cache', 'parley');
}
