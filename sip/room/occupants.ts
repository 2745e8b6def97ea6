import { childText, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, GATEWAY_ACCOUNT, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import { readMucUser } from '#protocol/xmpp/muc.ts';

/** What counts of somebody else in the room. */
interface Somebody {
  /** Bare address; empty where the room does not say. */
  readonly account: string;
  readonly isCaller: boolean;
  readonly isModerator: boolean;
  readonly isEncrypting: boolean;
}

/** Who else is in a room, from the presences that it sends. */
export class Occupants {
  readonly #gateway: string;
  readonly #byNick = new Map<string, Somebody>();

  constructor(hosts: XmppHosts) {
    this.#gateway = `${GATEWAY_ACCOUNT}@${hosts.auth}`;
  }

  /** Somebody came, changed or went. */
  update(nick: string, presence: XmlElement): void {
    if (presence.attrs['type'] === 'unavailable') this.#byNick.delete(nick);
    else {
      const user = readMucUser(presence);
      const account = bareOf(user?.jid ?? '');
      this.#byNick.set(nick, {
        account,
        isCaller: account === this.#gateway,
        isModerator: user?.role === 'moderator',
        isEncrypting: childText(presence, 'jitsi_participant_e2ee.enabled') === 'true',
      });
    }
  }

  get nicks(): readonly string[] {
    return [...this.#byNick.keys()];
  }

  clear(): void {
    this.#byNick.clear();
  }

  get hasFocus(): boolean {
    return this.#byNick.has(FOCUS_NICK);
  }

  /** All but the focus. */
  get people(): number {
    return this.#byNick.size - (this.hasFocus ? 1 : 0);
  }

  /** Those who did not call by telephone. */
  get others(): number {
    return this.people - [...this.#byNick.values()].filter(({ isCaller }) => isCaller).length;
  }

  isModerator(nick: string): boolean {
    return this.#byNick.get(nick)?.isModerator === true;
  }

  /** Of an occupant: its bare address. */
  accountOf(nick: string): string | undefined {
    return this.#byNick.get(nick)?.account;
  }

  /** Somebody encrypts end to end (wire note §4.2). */
  get areEncrypting(): boolean {
    return this.#byNick.values().some(({ isEncrypting }) => isEncrypting);
  }
}
