import type { Identity } from '../identity/identity.ts';

/** What is known of somebody beside an address, which guests have a new one of with every login. */
export interface Traits {
  readonly identity: Identity | undefined;
  /** Random id that a browser keeps; whoever clears its data is somebody new. */
  readonly machineUid: string | undefined;
}

/** Signs by which a room recognises somebody that comes again under another address. */
function signsOf({ identity, machineUid }: Traits): string[] {
  const personId = identity?.kind === 'token' ? identity.token.person.id : undefined;
  return [
    ...(personId === undefined ? [] : [`person ${personId}`]),
    ...(machineUid === undefined || machineUid === '' ? [] : [`machine ${machineUid}`]),
  ];
}

/** The bans of one meeting beyond what affiliations say (XEP-0045 §9.1); a ban's name is the address that was banned. */
export class Bans {
  readonly #signs = new Map<string, ReadonlySet<string>>();

  /**
   * @param actor who bans: what it has in common with whom it bans (a browser) is held against nobody. Undefined: whoever
   * runs the server.
   */
  add(bareJid: string, who: Traits, actor: Traits | undefined): void {
    const known = this.#signs.get(bareJid) ?? new Set<string>();
    const own = new Set(actor === undefined ? [] : signsOf(actor));
    this.#signs.set(bareJid, new Set([...known, ...signsOf(who).filter((sign) => !own.has(sign))]));
  }

  lift(bareJid: string): void {
    this.#signs.delete(bareJid);
  }

  /** Whether somebody is recognised as one who is banned. */
  recognise(who: Traits): boolean {
    const signs = signsOf(who);
    return this.#signs.values().some((banned) => signs.some((sign) => banned.has(sign)));
  }
}
