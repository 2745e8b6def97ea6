import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { FOCUS_NICK, GATEWAY_ACCOUNT } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';
import type { ScramCredentials, ScramHash } from './scram.ts';

/** Where accounts are; a directory that only checks passwords can be one, too. */
export interface AccountSource {
  /** Hashes for which it keeps SCRAM credentials; none: people log in with PLAIN only. */
  readonly scramHashes: readonly ScramHash[];
  /** @returns undefined if there is no such account. */
  scramCredentials(username: string, hash: ScramHash): Promise<ScramCredentials | undefined>;
  /** In about the same time whether the account exists or not. */
  checkPassword(username: string, password: string): Promise<boolean>;
}

const MAX_NAME_LENGTH = 64;
/** Letters and digits of any script, and what addresses usually have besides. */
const NAME = /^[\p{L}\p{N}\p{M}._+-]+$/u;
/** What the server itself is on the host of accounts (decisions.md, "Who logs in how"). */
const RESERVED: ReadonlySet<string> = new Set([FOCUS_NICK, GATEWAY_ACCOUNT]);

/** The local part of an account's address, or undefined for what cannot be one. */
export function accountName(text: string): string | undefined {
  try {
    const { local, resource } = parseJid(`${text}@host`);
    const isName = local !== undefined && resource === undefined && NAME.test(local);
    return isName && local.length <= MAX_NAME_LENGTH && !RESERVED.has(local) ? local : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
