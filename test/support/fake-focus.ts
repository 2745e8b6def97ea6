import { stanzaForFocus, stanzaFromFocus } from '#protocol/xmpp/component-bus.ts';
import { child, xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, focusAccount, focusJid, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { resourceOf } from '#protocol/xmpp/jid.ts';
import { iqResult, NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import type { Bus, Subscription } from '#runtime/bus.ts';
import { Inbox } from './inbox.ts';
import { NS, statuses } from './xmpp-test-client.ts';

const NS_CONFERENCE = 'http://jitsi.org/protocol/focus';

/**
 * The least a focus can be: it enters the room that a conference request names, answers "ready", and leaves when no
 * person is left there. What it receives otherwise is for the test to look at.
 */
export class FakeFocus {
  readonly jid: string;
  readonly #hosts: XmppHosts;
  readonly #bus: Bus;
  readonly #inbox = new Inbox<XmlElement>('the focus', serializeXml);
  readonly #people = new Map<string, Set<string>>();
  #subscription: Subscription | undefined;
  #requests = 0;

  constructor(bus: Bus, hosts: XmppHosts) {
    this.#bus = bus;
    this.#hosts = hosts;
    this.jid = focusJid(hosts);
  }

  start(): void {
    this.#subscription = this.#bus.subscribe(stanzaForFocus, ({ stanza }) => this.#received(stanza));
  }

  stop(): void {
    this.#subscription?.close();
  }

  send(stanza: XmlElement): void {
    this.#bus.publish(stanzaFromFocus, { stanza });
  }

  /** Enters a room; joins that come later find it there. */
  enter(room: string, ...content: readonly XmlContent[]): void {
    this.#people.set(room, new Set());
    this.send(this.#presence(room, undefined, xml('x', { xmlns: NS.muc }), ...content));
  }

  /** Publishes a new presence. */
  update(room: string, ...content: readonly XmlContent[]): void {
    this.send(this.#presence(room, undefined, ...content));
  }

  leave(room: string): void {
    this.#people.delete(room);
    this.send(this.#presence(room, 'unavailable'));
  }

  /** Asks as the room's focus and takes the answer. */
  async ask(type: 'get' | 'set', to: string, ...payload: readonly XmlContent[]): Promise<XmlElement> {
    this.#requests += 1;
    const id = `focus-${this.#requests}`;
    this.send(xml('iq', { xmlns: NS_CLIENT, type, id, to, from: this.jid }, payload));
    return this.receive(`an answer to ${id}`, (stanza) => stanza.name === 'iq' && stanza.attrs['id'] === id);
  }

  receive(what: string, matches: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    return this.#inbox.take(what, matches);
  }

  #presence(room: string, type: string | undefined, ...content: readonly XmlContent[]): XmlElement {
    return xml('presence', { xmlns: NS_CLIENT, type, from: this.jid, to: `${room}/${FOCUS_NICK}` }, content);
  }

  #received(stanza: XmlElement): void {
    this.#inbox.add(stanza);
    const conference = stanza.name === 'iq' ? child(stanza, 'conference', NS_CONFERENCE) : undefined;
    if (conference !== undefined) this.#answerConferenceRequest(stanza, conference.attrs['room'] ?? '');
    if (stanza.name === 'presence') this.#trackPresence(stanza);
  }

  #answerConferenceRequest(request: XmlElement, room: string): void {
    if (!this.#people.has(room)) this.enter(room);
    const answer = xml('conference', {
      xmlns: NS_CONFERENCE,
      room,
      ready: 'true',
      focusjid: focusAccount(this.#hosts),
    });
    this.send(iqResult(request, answer));
  }

  #trackPresence(presence: XmlElement): void {
    const [room = ''] = (presence.attrs['from'] ?? '').split('/');
    const nick = resourceOf(presence.attrs['from'] ?? '');
    const people = this.#people.get(room);
    if (people === undefined || nick === undefined || nick === FOCUS_NICK) return;
    if (presence.attrs['type'] === undefined) people.add(nick);
    if (presence.attrs['type'] !== 'unavailable') return;
    if (statuses(presence).includes('110')) return;
    people.delete(nick);
    if (people.size === 0) this.leave(room);
  }
}
