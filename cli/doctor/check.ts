import type { Config } from '../../config.ts';
import type { AdminClient } from '../admin-client.ts';

/** The installation that is looked at. */
export interface Site {
  readonly config: Config;
  /** Where browsers find it. */
  readonly publicUrl: URL;
  readonly xmppDomain: string;
  /** Undefined: no server answers, and whatever only it can tell is left out. */
  readonly admin: AdminClient | undefined;
  /** PEM of a private authority that signed its certificate. */
  readonly ca: string | undefined;
  readonly now: () => number;
}

/** One thing found. */
export type Finding =
  | { readonly state: 'well' | 'note'; readonly what: string }
  | { readonly state: 'broken'; readonly what: string; readonly remedy: string };

/** One part of the installation. */
export interface Check {
  /** What people call the part. */
  readonly name: string;
  /** What it says when a check before it found the ground missing; see `needs`. */
  readonly needs?: 'server' | 'public-url';
  run(site: Site): Promise<readonly Finding[]>;
}

export function well(what: string): Finding {
  return { state: 'well', what };
}

export function note(what: string): Finding {
  return { state: 'note', what };
}

export function broken(what: string, remedy: string): Finding {
  return { state: 'broken', what, remedy };
}
