import { withAttributes, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, focusJid, gatewayBrewery, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { MUC_STATUS, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { NS_CLIENT, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { RoomRouter } from '../routing/router.ts';
import type { Sender } from '../routing/sender.ts';
import { withoutForgeries } from './forged-children.ts';

export interface BreweryOutlet {
  deliver(to: string, stanza: OutgoingStanza): void;
  refuse(sender: Sender, stanza: XmlElement, error: StanzaError): void;
}

interface Instance {
  readonly nick: string;
  readonly jid: string;
  readonly payload: readonly XmlElement[];
}

const NICK = /^[\w.-]{1,64}$/;

/**
 * The control room of telephone gateways (wire note §7.11): each instance says there what it can take on, and the focus
 * asks them. There is nothing else in it: instances do not see each other, and nobody else gets in.
 */
export class Brewery implements Pick<RoomRouter, 'toOccupant'> {
  readonly #address: string;
  readonly #focus: string;
  readonly #outlet: BreweryOutlet;
  readonly #byNick = new Map<string, Instance>();

  constructor(hosts: XmppHosts, outlet: BreweryOutlet) {
    this.#address = gatewayBrewery(hosts);
    this.#focus = focusJid(hosts);
    this.#outlet = outlet;
  }

  toOccupant(sender: Sender, room: string, nick: string, stanza: XmlElement): void {
    const refusal = this.#handle(sender, room, nick, stanza);
    if (refusal !== undefined) this.#outlet.refuse(sender, stanza, refusal);
  }

  sessionEnded(jid: string): void {
    for (const instance of this.#byNick.values()) if (instance.jid === jid) this.#leave(instance);
  }

  #handle(sender: Sender, room: string, nick: string, stanza: XmlElement): StanzaError | undefined {
    const isFocus = sender.identity === undefined;
    if (!isFocus && sender.identity?.kind !== 'gateway') {
      return stanzaError('auth', 'forbidden', 'This room is for the server’s own gateways.');
    }
    if (room !== this.#address) return stanzaError('cancel', 'item-not-found');
    if (isFocus) return this.#fromFocus(nick, stanza);
    return stanza.name === 'presence' ? this.#presence(sender, nick, stanza) : this.#toFocus(sender, nick, stanza);
  }

  /** It is told who is there, and asks them. */
  #fromFocus(nick: string, stanza: XmlElement): StanzaError | undefined {
    if (stanza.name === 'presence') {
      for (const instance of this.#byNick.values()) this.#announce(instance, this.#focus);
      return undefined;
    }
    const instance = this.#byNick.get(nick);
    if (instance === undefined) return stanzaError('cancel', 'item-not-found', 'There is no such gateway.');
    this.#send(withAttributes(stanza, { from: `${this.#address}/${FOCUS_NICK}` }), instance.jid);
    return undefined;
  }

  #presence({ jid }: Sender, nick: string, presence: XmlElement): StanzaError | undefined {
    const known = this.#byNick.get(nick);
    if (known !== undefined && known.jid !== jid) return stanzaError('cancel', 'conflict', 'This nick is in use.');
    if (presence.attrs['type'] === 'unavailable') {
      if (known !== undefined) this.#leave(known);
      return undefined;
    }
    if (presence.attrs['type'] !== undefined) return undefined;
    if (nick === FOCUS_NICK || !NICK.test(nick)) return stanzaError('modify', 'not-acceptable');
    const instance = { nick, jid, payload: withoutForgeries(presence.children, false) };
    this.#byNick.set(nick, instance);
    this.#announce(instance, this.#focus);
    this.#announce(instance, jid, xml('status', { code: MUC_STATUS.self }));
    return undefined;
  }

  /** Its answers. */
  #toFocus({ jid }: Sender, nick: string, stanza: XmlElement): StanzaError | undefined {
    const instance = [...this.#byNick.values()].find((one) => one.jid === jid);
    if (nick !== FOCUS_NICK || instance === undefined) return stanzaError('cancel', 'item-not-found');
    const { type } = stanza.attrs;
    if (stanza.name !== 'iq' || (type !== 'result' && type !== 'error')) {
      return stanzaError('cancel', 'service-unavailable', 'Gateways answer here, they do not ask.');
    }
    this.#send(withAttributes(stanza, { from: `${this.#address}/${instance.nick}` }), this.#focus);
    return undefined;
  }

  #leave({ nick, jid }: Instance): void {
    this.#byNick.delete(nick);
    const item = xml('item', { affiliation: 'none', role: 'none', jid });
    const from = `${this.#address}/${nick}`;
    const gone = xml(
      'presence',
      { xmlns: NS_CLIENT, type: 'unavailable', from },
      xml('x', { xmlns: NS_MUC_USER }, item),
    );
    this.#send(gone, this.#focus);
    this.#send(gone, jid);
  }

  #announce({ nick, jid, payload }: Instance, to: string, status?: XmlElement): void {
    const item = xml('item', { affiliation: 'none', role: 'participant', jid });
    const user = xml('x', { xmlns: NS_MUC_USER }, item, status);
    this.#send(xml('presence', { xmlns: NS_CLIENT, from: `${this.#address}/${nick}` }, payload, user), to);
  }

  #send(stanza: XmlElement, to: string): void {
    this.#outlet.deliver(to, new OutgoingStanza(stanza));
  }
}
