import { WebSocket } from 'ws';
import { child, childText, text, xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import { parseXml, serializeXml } from '#protocol/xmpp/xml.ts';
import { Inbox } from './inbox.ts';
import { ScramClient } from './scram-client.ts';

export const NS = {
  client: 'jabber:client',
  framing: 'urn:ietf:params:xml:ns:xmpp-framing',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  sm: 'urn:xmpp:sm:3',
  muc: 'http://jabber.org/protocol/muc',
  mucUser: 'http://jabber.org/protocol/muc#user',
  mucAdmin: 'http://jabber.org/protocol/muc#admin',
  mucOwner: 'http://jabber.org/protocol/muc#owner',
  discoInfo: 'http://jabber.org/protocol/disco#info',
  jitmeet: 'http://jitsi.org/jitmeet',
} as const;

/** A bare WebSocket that speaks XMPP by hand: what a test says is what goes over the wire. */
export class XmppTestClient {
  readonly name: string;
  readonly #webSocket: WebSocket;
  readonly #inbox: Inbox<XmlElement>;
  readonly #closed: Promise<number>;
  readonly #texts: string[] = [];
  #jid = '';
  #greeting: XmlElement | undefined;
  #requests = 0;

  private constructor(name: string, webSocket: WebSocket) {
    this.name = name;
    this.#webSocket = webSocket;
    this.#inbox = new Inbox(name, serializeXml);
    this.#closed = new Promise((resolve) => webSocket.once('close', resolve));
    webSocket.on('message', (data: Buffer) => {
      const frame = data.toString('utf8');
      this.#texts.push(frame);
      this.#inbox.add(parseXml(frame));
    });
    webSocket.on('error', () => {
      // The close that follows is what tests look at.
    });
  }

  /** Opens the WebSocket and nothing else. */
  static async connect(name: string, url: string): Promise<XmppTestClient> {
    const webSocket = new WebSocket(url, 'xmpp', { perMessageDeflate: false });
    const client = new XmppTestClient(name, webSocket);
    await new Promise((resolve, reject) => {
      webSocket.once('open', resolve);
      webSocket.once('error', reject);
    });
    return client;
  }

  /** Opens, logs in as a guest and binds, as Jitsi's client does (wire note §1.2). */
  static async logIn(name: string, url: string, domain: string): Promise<XmppTestClient> {
    const client = await XmppTestClient.connect(name, url);
    await client.authenticate(domain);
    await client.bind();
    return client;
  }

  /** Full JID once bound. */
  get jid(): string {
    return this.#jid;
  }

  /** What the server told unasked when the address was bound (wire note §1.8). */
  get greeting(): XmlElement {
    if (this.#greeting === undefined) throw new Error(`${this.name} has not bound`);
    return this.#greeting;
  }

  get bareJid(): string {
    return bareOf(this.#jid);
  }

  /** The nick under which it enters rooms (wire note, rule 4). */
  get nick(): string {
    return this.#jid.slice(0, 8);
  }

  /** Frames as they came, for what the exact text matters in. */
  get receivedTexts(): readonly string[] {
    return this.#texts;
  }

  /** Bytes not yet handed to the system. */
  get webSocket(): WebSocket {
    return this.#webSocket;
  }

  async open(domain: string): Promise<XmlElement> {
    this.send(xml('open', { xmlns: NS.framing, to: domain, version: '1.0' }));
    await this.receive('<open/>', ({ name }) => name === 'open');
    return this.receive('stream features', ({ name }) => name === 'features');
  }

  async authenticate(domain: string): Promise<XmlElement> {
    await this.open(domain);
    this.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
    await this.receive('SASL success', ({ name }) => name === 'success');
    return this.open(domain);
  }

  /** Logs in with a name and a password (SCRAM-SHA-256), up to where it would bind. */
  async authenticateAs(host: string, username: string, password: string): Promise<void> {
    await this.open(host);
    const scram = new ScramClient(username, password);
    this.send(xml('auth', { xmlns: NS.sasl, mechanism: 'SCRAM-SHA-256' }, encode(scram.first)));
    const challenge = await this.receive('a challenge', ({ name }) => name === 'challenge');
    const { final, expected } = scram.answer(decode(text(challenge)));
    this.send(xml('response', { xmlns: NS.sasl }, encode(final)));
    const success = await this.receive('SASL success', ({ name }) => name === 'success');
    if (decode(text(success)) !== expected) throw new Error('the server does not know the password either');
    await this.open(host);
  }

  async bind(resource?: string): Promise<void> {
    const answer = await this.ask(
      'set',
      undefined,
      xml('bind', { xmlns: NS.bind }, resource === undefined ? undefined : xml('resource', {}, resource)),
    );
    const bind = child(answer, 'bind', NS.bind);
    this.#jid = (bind === undefined ? undefined : childText(bind, 'jid')) ?? '';
    if (this.#jid === '') throw new Error(`${this.name} could not bind: ${serializeXml(answer)}`);
    this.#greeting = await this.receiveMessage('what the server is', (message) => 'from' in message.attrs);
  }

  /** Sends an element, or text as it is. */
  send(frame: XmlElement | string): void {
    this.#webSocket.send(typeof frame === 'string' ? frame : serializeXml(frame));
  }

  /** Takes the first frame that matches. */
  receive(what: string, matches: (stanza: XmlElement) => boolean, timeoutMs?: number): Promise<XmlElement> {
    return this.#inbox.take(what, matches, timeoutMs);
  }

  /** Everything received and not yet taken, once all that was sent before has been handled. */
  async drain(): Promise<XmlElement[]> {
    await this.ask('get', undefined, xml('ping', { xmlns: 'urn:xmpp:ping' }));
    return this.#inbox.takeAll();
  }

  /** Sends a request and takes its answer, a result or an error. */
  async ask(type: 'get' | 'set', to: string | undefined, ...payload: readonly XmlContent[]): Promise<XmlElement> {
    this.#requests += 1;
    const id = `q${this.#requests}`;
    this.send(xml('iq', { xmlns: NS.client, type, id, to }, payload));
    return this.receive(`an answer to ${id}`, (stanza) => stanza.name === 'iq' && stanza.attrs['id'] === id);
  }

  /** Enters a room under its endpoint id and takes the self-presence or the error. */
  join(room: string, ...content: readonly XmlContent[]): Promise<XmlElement> {
    return this.joinAs(room, this.nick, ...content);
  }

  /** The same under a nick of one's choice, as clients with accounts need it. */
  async joinAs(room: string, nick: string, ...content: readonly XmlContent[]): Promise<XmlElement> {
    this.sendJoin(room, nick, ...content);
    return this.receive(
      `self-presence in ${room}`,
      (stanza) =>
        stanza.name === 'presence' &&
        stanza.attrs['from'] === `${room}/${nick}` &&
        (stanza.attrs['type'] === 'error' || statuses(stanza).includes('110')),
    );
  }

  sendJoin(room: string, nick: string, ...content: readonly XmlContent[]): void {
    const extra = content.length === 0 ? [xml('x', { xmlns: NS.muc })] : content;
    this.send(xml('presence', { xmlns: NS.client, to: `${room}/${nick}` }, extra));
  }

  /** The next presence of an occupant. */
  receivePresence(room: string, nick: string, type?: string): Promise<XmlElement> {
    return this.receive(
      `${type ?? 'available'} presence of ${room}/${nick}`,
      (stanza) =>
        stanza.name === 'presence' && stanza.attrs['from'] === `${room}/${nick}` && stanza.attrs['type'] === type,
    );
  }

  receiveMessage(what: string, matches: (message: XmlElement) => boolean = () => true): Promise<XmlElement> {
    return this.receive(what, (stanza) => stanza.name === 'message' && matches(stanza));
  }

  /** @returns the condition of the stream error that ends the stream. */
  async receiveStreamError(): Promise<string> {
    const error = await this.receive('a stream error', ({ name, attrs }) => name === 'error' && 'xmlns' in attrs);
    const condition = error.children.find(
      (node) => typeof node !== 'string' && node.attrs['xmlns'] === NS.streamErrors && node.name !== 'text',
    );
    return typeof condition === 'object' ? condition.name : '';
  }

  /** Ends the stream as RFC 7395 §3.6 has it. */
  async close(): Promise<void> {
    if (this.#webSocket.readyState === WebSocket.OPEN) {
      this.send(xml('close', { xmlns: NS.framing }));
      this.#webSocket.close();
    }
    await this.#closed;
  }

  /** The connection breaks without a word. */
  async drop(): Promise<void> {
    this.#webSocket.terminate();
    await this.#closed;
  }

  /** @returns the WebSocket's close code. */
  get closed(): Promise<number> {
    return this.#closed;
  }
}

function encode(data: string): string {
  return Buffer.from(data).toString('base64');
}

function decode(data: string): string {
  return Buffer.from(data, 'base64').toString();
}

/** Status codes of a MUC presence or message. */
export function statuses(stanza: XmlElement): string[] {
  const user = child(stanza, 'x', NS.mucUser);
  return (user?.children ?? []).flatMap((node) =>
    typeof node !== 'string' && node.name === 'status' ? [node.attrs['code'] ?? ''] : [],
  );
}

/** Attributes of the `<item/>` of a MUC presence. */
export function itemOf(stanza: XmlElement): Readonly<Record<string, string>> {
  const user = child(stanza, 'x', NS.mucUser);
  return (user === undefined ? undefined : child(user, 'item'))?.attrs ?? {};
}

/** `type/condition` of a stanza error, e.g. `auth/forbidden`. */
export function errorOf(stanza: XmlElement): string | undefined {
  const error = stanza.attrs['type'] === 'error' ? readStanzaError(stanza) : undefined;
  return error === undefined ? undefined : `${error.type}/${error.condition}`;
}

export function bodyOf(message: XmlElement): string | undefined {
  return childText(message, 'body');
}

/** The JSON of a Jitsi `<json-message/>`. */
export function jsonOf(message: XmlElement): unknown {
  const element = child(message, 'json-message', NS.jitmeet);
  return element === undefined ? undefined : JSON.parse(text(element));
}
