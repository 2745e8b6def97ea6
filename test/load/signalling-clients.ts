/**
 * Clients of an XMPP server, for the bench: `node signalling-clients.ts <ClientsTask as JSON>`. Prints `begin` when the server
 * is warm, and a {@link ClientsResult} when everybody has seen everybody. Clients send prepared text and look at what comes
 * with a regular expression only, so that they do not hold the server up.
 */
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

export interface ClientsTask {
  readonly port: number;
  readonly rooms: number;
  readonly clientsPerRoom: number;
  /** Whether a conference request goes before each join, as Jitsi's clients do it (wire note §3.1). */
  readonly hasFocus: boolean;
}

export interface ClientsResult {
  /** From the first connection to the last self-presence. */
  readonly totalMs: number;
  /** Of each client, from its presence to its self-presence. */
  readonly joinsMs: readonly number[];
  /** Text of all clients, both ways: what any XMPP server and its clients say to each other for this. */
  readonly bytes: number;
  /** The same of what Jitsi's protocol adds: conference request, focus, pushed discovery data, room metadata, duration. */
  readonly jitsiBytes: number;
  /** Presences of others that all clients have received, each occupant counted once by each client. */
  readonly presences: number;
}

const DOMAIN = 'localhost';
const WARM_UP_CLIENTS = 50;
/** More would measure how many connections a server lets wait to be accepted. */
const LOGINS_AT_ONCE = 16;
const TIMEOUT_MS = 300_000;
const OPEN = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${DOMAIN}" version="1.0"/>`;
const AUTH = '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>';
const BIND = '<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>';
const PRESENCE_FROM = /^<presence\b[^>]*\bfrom=["'][^"'/]*\/([^"'/]+)["']/;
const ERROR = /^<[^>]*\btype=["']error["']/;
const FOCUS_STANZA = /^<(?:iq|presence)\b[^>]*\b(?:from|to)="(?:focus\.|[^"]*\/focus")/;

/** As Jitsi's client joins: caps, sources, codecs, statistics id, name. */
function joinPresence(room: string, nick: string): string {
  const sources = JSON.stringify({
    [`${nick}-a0`]: { muted: true },
    [`${nick}-v0`]: { muted: true, videoType: 'camera' },
  });
  return (
    `<presence xmlns="jabber:client" to="${room}/${nick}"><x xmlns="http://jabber.org/protocol/muc"/>` +
    `<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="https://jitsi.org/jitsi-meet" ver="fC0cCkb8fgWc3XbEL5l+FBlMU3k="/>` +
    `<features><feature var="https://jitsi.org/meet/e2ee"/></features><stats-id>Alexandra-${nick.slice(0, 3)}</stats-id>` +
    `<jitsi_participant_region>eu-west</jitsi_participant_region><jitsi_participant_codecList>vp9,vp8,h264,av1</jitsi_participant_codecList>` +
    `<audiomuted xmlns="http://jitsi.org/jitmeet/audio">true</audiomuted><videomuted xmlns="http://jitsi.org/jitmeet/video">true</videomuted>` +
    `<SourceInfo>${sources.replaceAll('"', '&quot;')}</SourceInfo>` +
    `<nick xmlns="http://jabber.org/protocol/nick">Participant ${nick}</nick></presence>`
  );
}

class Client {
  readonly seen = new Set<string>();
  joinMs: number | undefined;
  bytes = 0;
  jitsiBytes = 0;
  readonly #socket: WebSocket;
  readonly #changed: () => void;
  readonly #failed: (error: Error) => void;
  #receive: (text: string) => void = () => undefined;
  #nick = '';
  #joinedAtMs = 0;

  constructor(port: number, changed: () => void, failed: (error: Error) => void) {
    this.#changed = changed;
    this.#failed = failed;
    const url = `ws://${DOMAIN}:${port}/xmpp-websocket`;
    this.#socket = new WebSocket(url, 'xmpp', { perMessageDeflate: false, family: 4 });
    this.#socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      this.#count(text);
      this.#receive(text);
    });
    this.#socket.on('error', failed);
  }

  async logIn(): Promise<void> {
    await new Promise((resolve) => this.#socket.once('open', resolve));
    await this.#ask(OPEN, 'features');
    await this.#ask(AUTH, '<success');
    await this.#ask(OPEN, 'features');
    const bound = await this.#ask(BIND, '<jid>');
    this.#nick = /<jid>([^<]{8})/.exec(bound)?.[1] ?? '';
  }

  requestConference(room: string): Promise<unknown> {
    const conference = `<conference xmlns="http://jitsi.org/protocol/focus" room="${room}"/>`;
    const request = `<iq xmlns="jabber:client" type="set" id="${room}" to="focus.${DOMAIN}">${conference}</iq>`;
    return this.#ask(request, 'ready="true"');
  }

  join(room: string): void {
    this.#receive = (text) => this.#received(text);
    this.#joinedAtMs = performance.now();
    this.#send(joinPresence(room, this.#nick));
  }

  close(): Promise<unknown> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.close();
    return closed;
  }

  #ask(text: string, expected: string): Promise<string> {
    return new Promise((resolve) => {
      this.#receive = (answer) => {
        if (ERROR.test(answer)) this.#failed(new Error(`the server says ${answer}`));
        if (answer.includes(expected)) resolve(answer);
      };
      this.#send(text);
    });
  }

  #send(text: string): void {
    this.#count(text);
    this.#socket.send(text);
  }

  #count(text: string): void {
    const isSubject = text.includes('<subject');
    if (FOCUS_STANZA.test(text) || (text.startsWith('<message') && !isSubject)) this.jitsiBytes += text.length;
    else this.bytes += text.length;
  }

  #received(text: string): void {
    if (!text.startsWith('<presence')) return;
    const nick = PRESENCE_FROM.exec(text)?.[1];
    if (nick === undefined || ERROR.test(text)) this.#failed(new Error(`a join failed: ${text}`));
    else if (nick === this.#nick) this.joinMs ??= performance.now() - this.#joinedAtMs;
    else if (nick !== 'focus') this.seen.add(nick);
    this.#changed();
  }
}

/** Nobody waits for anybody's join: whoever is logged in joins, and the next one logs in. */
async function run(task: ClientsTask, prefix: string): Promise<ClientsResult> {
  const roomNames = Array.from({ length: task.rooms }, (_, index) => `${prefix}${index}@muc.${DOMAIN}`);
  const { promise: done, resolve, reject } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => reject(new Error('not everybody has seen everybody in time')), TIMEOUT_MS);
  const clients: Client[] = [];
  const beganAtMs = performance.now();
  let isComplete = false;
  let joined = 0;
  let totalMs = 0;
  let presences = 0;
  const expected = task.rooms * task.clientsPerRoom;
  const enter = async (room: string): Promise<void> => {
    let [counted, isIn] = [0, false];
    const changed = (): void => {
      presences += client.seen.size - counted;
      counted = client.seen.size;
      if (!isIn && client.joinMs !== undefined) {
        isIn = true;
        joined += 1;
        totalMs = performance.now() - beganAtMs;
      }
      if (!isComplete && joined === expected && presences === expected * (task.clientsPerRoom - 1)) {
        isComplete = true;
        resolve(undefined);
      }
    };
    const client = new Client(task.port, changed, reject);
    clients.push(client);
    await client.logIn();
    if (task.hasFocus) await client.requestConference(room);
    client.join(room);
  };
  const waiting = Array.from({ length: task.clientsPerRoom }, () => roomNames).flat();
  const enterAll = async (): Promise<void> => {
    for (let room = waiting.pop(); room !== undefined; room = waiting.pop()) await enter(room);
  };
  for (let count = 0; count < LOGINS_AT_ONCE; count++) void enterAll();
  await done;
  clearTimeout(timer);
  const bytes = clients.reduce((sum, client) => sum + client.bytes, 0);
  const jitsiBytes = clients.reduce((sum, client) => sum + client.jitsiBytes, 0);
  const joinsMs = clients.map(({ joinMs }) => joinMs ?? Number.NaN);
  if (prefix === WARM_UP) await Promise.all(clients.map((client) => client.close()));
  return { totalMs, joinsMs, bytes, jitsiBytes, presences };
}

const WARM_UP = 'warm-up';
const task = JSON.parse(process.argv[2] ?? '') as ClientsTask;
await run({ ...task, rooms: 1, clientsPerRoom: WARM_UP_CLIENTS }, WARM_UP);
process.stdout.write('begin\n');
// The parent has noted the processor time.
const input = createInterface(process.stdin);
await new Promise((resolve) => input.once('line', resolve));
process.stdout.write(`${JSON.stringify(await run(task, 'room'))}\n`);
process.exit();
