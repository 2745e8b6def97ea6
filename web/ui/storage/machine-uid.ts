import { readStored, writeStored } from './local-store.ts';

const KEY = 'parley.machine-uid';
/** 64 random bits, as Jitsi's clients have. */
const MACHINE_UID = /^[0-9a-f]{16}$/u;

/**
 * Random id of this browser (wire note §3.1). A host's log-in counts together with it only, and a ban holds for it. Where
 * nothing can be stored it lasts as long as the page.
 */
export function machineUid(): string {
  kept ??= readStored(KEY, (value) => (typeof value === 'string' && MACHINE_UID.test(value) ? value : undefined));
  if (kept === undefined) {
    kept = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
    writeStored(KEY, kept);
  }
  return kept;
}

let kept: string | undefined;
