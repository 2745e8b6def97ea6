import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatagramIo } from './datagram-io.ts';
import { DgramIo } from './dgram-io.ts';
import { loadAddon, NativeIo } from './native-io.ts';

export type IoChoice = 'auto' | 'native' | 'dgram';

/** The back end, and why it is not the addon although that was wanted. */
export interface IoSelection {
  io: DatagramIo;
  fallbackReason: string | undefined;
}

/** Set-up leaves the addon's path here (setup/addon/build.mjs). */
const ADDON_PATH_FILE = join(import.meta.dirname, '../../node_modules/.parley/turn-addon-path');

/** @throws Error when `native` is asked for and cannot be had. */
export function createIo(choice: IoChoice): IoSelection {
  if (choice === 'dgram') return { io: new DgramIo(), fallbackReason: undefined };
  try {
    const path = readFileSync(ADDON_PATH_FILE, 'utf8').trim();
    return { io: new NativeIo(loadAddon(path)), fallbackReason: undefined };
  } catch (cause) {
    const reason = reasonOf(cause);
    if (choice === 'native') throw new Error(`the TURN addon cannot be used: ${reason}`, { cause });
    return { io: new DgramIo(), fallbackReason: reason };
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && cause.code === 'ENOENT' ? 'set-up has not built it' : cause.message;
}
