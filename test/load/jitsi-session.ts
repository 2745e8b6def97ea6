import { randomBytes } from 'node:crypto';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import { child, xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { decodeJingle, encodeJingle, jingleOf, NS_JINGLE, type SessionInitiate } from '#protocol/xmpp/jingle.ts';
import { NS_MUC } from '#protocol/xmpp/muc.ts';
import { parseXml, serializeXml } from '#protocol/xmpp/xml.ts';
import { ABS_SEND_TIME_URI, TRANSPORT_CC_URI } from './congestion-feedback.ts';
import { LightEndpoint, localFingerprint } from './light-endpoint.ts';
import type { LoadSession, PublishedVideo } from './load-session.ts';

const ANSWER_TIMEOUT_MS = 20_000;
const SCREEN_HEIGHT = 720;

/** A participant of our server that signals as a Jitsi client does (XMPP, Jingle, bridge channel), without a page. */
export class JitsiSession implements LoadSession {
  readonly endpoint = new LightEndpoint();
  /** `performance.now()` when the conference was asked for. */
  requestedAtMs = 0;
  readonly #socketUrl: string;
  readonly #domain: string;
  readonly #room: string;
  #socket: WebSocket | undefined;
  #channel: WebSocket | undefined;
  #jid = '';
  #focus = '';
  #ids = 0;
  readonly #waiting = new Map<string, (stanza: XmlElement) => boolean>();

  /** @param url the page's origin @param room name as in the link */
  constructor(url: string, room: string) {
    const { host, hostname } = new URL(url);
    this.#socketUrl = `ws://${host}/xmpp-websocket?room=${room}`;
    this.#domain = hostname;
    this.#room = `${room}@${xmppHosts(hostname).muc}`;
  }

  async publish(ssrc: number): Promise<PublishedVideo> {
    const offer = await this.#join();
    await this.#accept(offer, ssrc);
    const codec = offer.contents
      .flatMap(({ description }) => description?.payloadTypes ?? [])
      .find(({ name }) => name === 'VP8');
    if (codec === undefined) throw new Error('VP8 is not offered');
    return { ssrc, payloadType: codec.id };
  }

  async receive(): Promise<void> {
    const offer = await this.#join();
    await this.#accept(offer, undefined);
    const extensions = offer.contents.flatMap(({ description }) => description?.headerExtensions ?? []);
    const idOf = (uri: string) => extensions.find((item) => item.kind === 'video' && item.uri === uri)?.id ?? 0;
    this.endpoint.startFeedback({ transportCc: idOf(TRANSPORT_CC_URI), absSendTime: idOf(ABS_SEND_TIME_URI) });
  }

  close(): void {
    this.#channel?.close();
    this.#socket?.close();
    this.endpoint.close();
  }

  /** Logs in, asks for the conference, enters the room. Resolves with the bridge's offer. */
  async #join(): Promise<SessionInitiate> {
    await this.#logIn();
    const nick = this.#jid.slice(0, 8);
    this.requestedAtMs = performance.now();
    const request = encodeConferenceRequest({
      room: this.#room,
      machineUid: randomBytes(8).toString('hex'),
      properties: {},
    });
    await this.#request(xmppHosts(this.#domain).focus, request);
    const offered = this.#awaitStanza('the offer', (stanza) => actionOf(stanza) === 'session-initiate');
    this.#send(
      xml(
        'presence',
        { xmlns: 'jabber:client', to: `${this.#room}/${nick}` },
        xml('x', { xmlns: NS_MUC }),
        xml('jitsi_participant_codecList', {}, 'vp8'),
      ),
    );
    const iq = await offered;
    this.#focus = iq.attrs['from'] ?? '';
    const jingle = jingleOf(iq);
    const offer = jingle === undefined ? undefined : decodeJingle(jingle);
    if (offer?.action !== 'session-initiate') throw new Error('not an offer');
    return offer;
  }

  /** Anonymous login and binding (RFC 6120 §6, §7 in the framing of RFC 7395). */
  async #logIn(): Promise<void> {
    const socket = new WebSocket(this.#socketUrl, 'xmpp');
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(String(data)));
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error('the WebSocket cannot be opened')), { once: true });
    });
    await this.#open();
    const success = this.#awaitStanza('the login', ({ name }) => name === 'success');
    this.#send(xml('auth', { xmlns: 'urn:ietf:params:xml:ns:xmpp-sasl', mechanism: 'ANONYMOUS' }));
    await success;
    await this.#open();
    const bind = await this.#request(undefined, xml('bind', { xmlns: 'urn:ietf:params:xml:ns:xmpp-bind' }));
    const jid = child(child(bind, 'bind') ?? bind, 'jid')?.children[0];
    if (typeof jid !== 'string') throw new Error('no address was bound');
    this.#jid = jid;
  }

  async #open(): Promise<void> {
    const features = this.#awaitStanza('the stream features', ({ name }) => name === 'features');
    this.#send(xml('open', { xmlns: 'urn:ietf:params:xml:ns:xmpp-framing', to: this.#domain, version: '1.0' }));
    await features;
  }

  async #accept(offer: SessionInitiate, ssrc: number | undefined): Promise<void> {
    const transport = offer.contents.find((content) => content.transport)?.transport;
    const candidate = transport?.candidates.find(({ protocol }) => protocol === 'udp');
    if (transport?.credentials === undefined || candidate === undefined)
      throw new Error('the offer has no UDP candidate');
    const nick = this.#jid.slice(0, 8);
    const fingerprint = { hash: 'sha-256', value: await localFingerprint(), setup: 'active' } as const;
    const { local } = this.endpoint;
    const contents = offer.contents.map((content) => ({
      creator: 'responder' as const,
      name: content.name,
      senders: 'both' as const,
      ...(content.description && {
        description: {
          ...content.description,
          ssrcs:
            ssrc === undefined || content.description.media !== 'video'
              ? []
              : [{ ssrc, name: `${nick}-v0`, msid: `${nick}-video-0-1 load-1`, videoType: 'camera' as const }],
          groups: [],
        },
      }),
      transport: { credentials: local, fingerprint, candidates: [], webSocketUrls: [], rtcpMux: true, iceLite: false },
    }));
    const group = { semantics: 'BUNDLE', contents: contents.map(({ name }) => name) };
    await this.#request(
      this.#focus,
      encodeJingle({ action: 'session-accept', sid: offer.sid, responder: this.#jid, contents, group }),
    );
    await this.endpoint.connect({ ...transport.credentials, address: candidate.address, port: candidate.port });
    const [channelUrl] = transport.webSocketUrls;
    if (channelUrl !== undefined) this.#openChannel(channelUrl);
  }

  /** Wants everything at full height, as a page that shows one large video. */
  #openChannel(url: string): void {
    const channel = new WebSocket(url);
    this.#channel = channel;
    const constraints = {
      colibriClass: 'ReceiverVideoConstraints',
      lastN: -1,
      defaultConstraints: { maxHeight: SCREEN_HEIGHT },
    };
    channel.addEventListener('open', () => channel.send(JSON.stringify(constraints)), { once: true });
  }

  /** Sends an IQ and resolves with its result. */
  async #request(to: string | undefined, ...content: readonly XmlContent[]): Promise<XmlElement> {
    const id = `load-${(this.#ids += 1)}`;
    const answered = this.#awaitStanza(
      `the answer to ${id}`,
      ({ name, attrs }) => name === 'iq' && attrs['id'] === id && attrs['type'] !== 'set',
    );
    this.#send(xml('iq', { xmlns: 'jabber:client', type: 'set', id, to }, ...content));
    const answer = await answered;
    if (answer.attrs['type'] === 'error') throw new Error(`refused: ${serializeXml(answer)}`);
    return answer;
  }

  #awaitStanza(what: string, isIt: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    const key = `${what} ${(this.#ids += 1)}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(key);
        reject(new Error(`${this.#jid}: not within ${ANSWER_TIMEOUT_MS / 1000} s: ${what}`));
      }, ANSWER_TIMEOUT_MS);
      this.#waiting.set(key, (stanza) => {
        if (!isIt(stanza)) return false;
        clearTimeout(timer);
        resolve(stanza);
        return true;
      });
    });
  }

  #receive(text: string): void {
    const stanza = parseXml(text);
    for (const [key, take] of this.#waiting) {
      if (take(stanza)) this.#waiting.delete(key);
    }
    // Whatever is asked (sources that come and go, disco), a load client has nothing to object.
    const { type, id, from } = stanza.attrs;
    if (stanza.name === 'iq' && (type === 'set' || type === 'get')) {
      this.#send(xml('iq', { xmlns: 'jabber:client', type: 'result', id, to: from }));
    }
  }

  #send(element: XmlElement): void {
    this.#socket?.send(serializeXml(element));
  }
}

function actionOf(stanza: XmlElement): string | undefined {
  return child(stanza, 'jingle', NS_JINGLE)?.attrs['action'];
}
