import { stanzaForFocus, stanzaFromFocus } from '#protocol/xmpp/component-bus.ts';
import { child, withAttributes, xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, focusJid, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { NS_MUC, NS_MUC_ADMIN, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { errorReply, iqResult, NS_CLIENT, stanzaError } from '#protocol/xmpp/stanza.ts';
import type { Bus, Subscription } from '#runtime/bus.ts';

interface FakeOccupant {
  readonly nick: string;
  readonly jid: string;
  readonly receive: (stanza: XmlElement) => void;
  affiliation: 'owner' | 'none';
  children: readonly XmlContent[];
}

/** The signalling server as the focus sees it: rooms that show real addresses and carry private IQs, over a real bus. */
export class FakeRooms {
  /** Presences of the focus, the last of each room. */
  readonly focusPresence = new Map<string, XmlElement>();
  /** Everything the focus sent. */
  readonly fromFocus: XmlElement[] = [];
  /** Rooms that do not let the focus in: they refuse or keep silent. */
  readonly locked = new Map<string, 'refuse' | 'silent'>();
  /** Rooms do not let anybody become moderator. */
  refusesGrants = false;
  readonly #bus: Bus;
  readonly #focus: string;
  readonly #rooms = new Map<string, Map<string, FakeOccupant>>();
  readonly #answers = new Map<string, (iq: XmlElement) => void>();
  readonly #subscription: Subscription;
  #count = 0;

  constructor(bus: Bus, hosts: XmppHosts) {
    this.#bus = bus;
    this.#focus = focusJid(hosts);
    this.#subscription = bus.subscribe(stanzaFromFocus, ({ stanza }) => this.#route(stanza));
  }

  stop(): void {
    this.#subscription.close();
  }

  hasFocus(room: string): boolean {
    return this.focusPresence.has(room);
  }

  occupants(room: string): string[] {
    return [...(this.#rooms.get(room)?.keys() ?? [])];
  }

  isOwner(room: string, nick: string): boolean {
    return this.#rooms.get(room)?.get(nick)?.affiliation === 'owner';
  }

  /** A stanza to the focus as it stands. */
  toFocus(stanza: XmlElement): void {
    this.#bus.publish(stanzaForFocus, { stanza });
  }

  /** Asks the focus something and waits for its one answer. */
  ask(from: string, to: string, type: 'get' | 'set', ...content: readonly XmlContent[]): Promise<XmlElement> {
    this.#count += 1;
    const id = `ask-${this.#count}`;
    const { promise, resolve } = Promise.withResolvers<XmlElement>();
    this.#answers.set(`${from} ${id}`, resolve);
    this.toFocus(xml('iq', { xmlns: NS_CLIENT, type, id, from, to }, content));
    return promise;
  }

  enter(room: string, occupant: Omit<FakeOccupant, 'affiliation'>): void {
    const occupants = this.#rooms.get(room) ?? new Map<string, FakeOccupant>();
    this.#rooms.set(room, occupants);
    const entered: FakeOccupant = { ...occupant, affiliation: 'none' };
    occupants.set(occupant.nick, entered);
    if (this.hasFocus(room)) this.#announce(room, entered);
  }

  /** A new presence of somebody who is in the room. */
  update(room: string, nick: string, changes: Partial<Pick<FakeOccupant, 'affiliation' | 'children'>>): void {
    const occupant = this.#rooms.get(room)?.get(nick);
    if (occupant === undefined) throw new Error(`${nick} is not in ${room}`);
    Object.assign(occupant, changes);
    this.#announce(room, occupant);
  }

  leave(room: string, nick: string): void {
    this.#rooms.get(room)?.delete(nick);
    this.toFocus(xml('presence', { xmlns: NS_CLIENT, type: 'unavailable', from: `${room}/${nick}`, to: this.#focus }));
  }

  /** The room ends, as an owner or an administrator would have it. */
  destroy(room: string): void {
    this.#rooms.delete(room);
    this.focusPresence.delete(room);
    this.#ownPresence(room, 'unavailable');
  }

  #route(stanza: XmlElement): void {
    this.fromFocus.push(stanza);
    const { to = '', id = '', type } = stanza.attrs;
    const waiting = this.#answers.get(`${to} ${id}`);
    if (stanza.name === 'iq' && (type === 'result' || type === 'error') && waiting !== undefined) {
      this.#answers.delete(`${to} ${id}`);
      waiting(stanza);
      return;
    }
    const room = bareOf(to);
    const nick = resourceOf(to);
    if (stanza.name === 'presence') this.#presenceOfFocus(room, stanza);
    else if (stanza.name === 'iq' && nick === undefined) this.#iqToRoom(room, stanza);
    else if (stanza.name === 'iq') this.#iqToOccupant(room, nick ?? '', stanza);
  }

  #presenceOfFocus(room: string, stanza: XmlElement): void {
    if (stanza.attrs['type'] === 'unavailable') {
      this.focusPresence.delete(room);
      this.#ownPresence(room, 'unavailable');
      return;
    }
    const lock = this.locked.get(room);
    if (lock === 'silent') return;
    if (lock === 'refuse') {
      this.toFocus(errorReply(stanza, stanzaError('wait', 'resource-constraint')));
      return;
    }
    const isJoin = child(stanza, 'x', NS_MUC) !== undefined;
    if (!isJoin && !this.hasFocus(room)) throw new Error('the focus changes its presence in a room it is not in');
    this.focusPresence.set(room, stanza);
    if (!isJoin) return;
    for (const occupant of this.#rooms.get(room)?.values() ?? []) this.#announce(room, occupant);
    this.#ownPresence(room, undefined);
  }

  #ownPresence(room: string, type: string | undefined): void {
    const item = xml('item', { affiliation: 'owner', role: 'moderator', jid: this.#focus });
    this.toFocus(
      xml(
        'presence',
        { xmlns: NS_CLIENT, type, from: `${room}/${FOCUS_NICK}`, to: this.#focus },
        xml('x', { xmlns: NS_MUC_USER }, item, xml('status', { code: 110 })),
      ),
    );
  }

  #announce(room: string, { nick, jid, affiliation, children }: FakeOccupant): void {
    const role = affiliation === 'owner' ? 'moderator' : 'participant';
    this.toFocus(
      xml(
        'presence',
        { xmlns: NS_CLIENT, from: `${room}/${nick}`, to: this.#focus },
        children,
        xml('x', { xmlns: NS_MUC_USER }, xml('item', { affiliation, role, jid })),
      ),
    );
  }

  #iqToRoom(room: string, iq: XmlElement): void {
    const query = child(iq, 'query', NS_MUC_ADMIN);
    const jid = query === undefined ? undefined : child(query, 'item')?.attrs['jid'];
    const occupant = [...(this.#rooms.get(room)?.values() ?? [])].find((one) => bareOf(one.jid) === jid);
    if (this.refusesGrants) this.toFocus(errorReply(iq, stanzaError('cancel', 'not-allowed')));
    else this.toFocus(iqResult(iq));
    if (occupant !== undefined && !this.refusesGrants) this.update(room, occupant.nick, { affiliation: 'owner' });
  }

  #iqToOccupant(room: string, nick: string, iq: XmlElement): void {
    const occupant = this.#rooms.get(room)?.get(nick);
    const { type } = iq.attrs;
    if (occupant !== undefined) {
      occupant.receive(withAttributes(iq, { from: `${room}/${FOCUS_NICK}`, to: occupant.jid }));
    } else if (type === 'get' || type === 'set') {
      this.toFocus(errorReply(iq, stanzaError('cancel', 'item-not-found')));
    }
  }
}
