import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { iqResult } from '../xmpp/stanza.ts';
import { child, xml, type XmlElement } from '../xmpp/element.ts';
import { parseXml, serializeXml } from '../xmpp/xml.ts';
import { until } from '../../test/support/wait.ts';
import { Connection, type ConnectionFailure } from './connection.ts';
import { RequestError } from './pending-requests.ts';

const JID = '1f0c9a7e-44c1-4b0e-9d0a-6f2f5f1d7a10@meet.example/x7Qp2';
const OPEN = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="meet.example" id="s-1" version="1.0"/>';

/** A server of a few lines that lets guests in; what they send after binding is kept. */
class TinyServer {
  readonly received: XmlElement[] = [];
  readonly urls: string[] = [];
  readonly sockets: ServerSocket[] = [];
  canResume = true;
  /** Takes sockets and says nothing, as a network that swallows packets. */
  isSilent = false;
  refusal: string | undefined;
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'xmpp' });

  constructor() {
    this.#server.on('connection', (socket, request) => {
      this.sockets.push(socket);
      this.urls.push(request.url ?? '');
      let isAuthenticated = false;
      socket.on('message', (data: Buffer) => {
        if (this.isSilent) return;
        const frame = parseXml(data.toString('utf8'));
        if (frame.name === 'open') {
          socket.send(OPEN);
          socket.send(this.#features(isAuthenticated));
        } else if (frame.name === 'auth') {
          isAuthenticated = this.refusal === undefined;
          socket.send(this.refusal ?? '<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>');
        } else {
          this.#afterLogin(socket, frame);
        }
      });
    });
  }

  get url(): string {
    const address = this.#server.address();
    return `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/xmpp-websocket`;
  }

  send(xmlText: string): void {
    this.sockets.at(-1)?.send(xmlText);
  }

  bodies(): string[] {
    return this.received.flatMap((stanza) => stanza.attrs['id'] ?? []);
  }

  async listen(): Promise<void> {
    if (this.#server.address() === null) await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #features(isAuthenticated: boolean): string {
    const content = isAuthenticated
      ? '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/><sm xmlns="urn:xmpp:sm:3"/>'
      : '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>ANONYMOUS</mechanism></mechanisms>';
    return `<stream:features xmlns:stream="http://etherx.jabber.org/streams" xmlns="jabber:client">${content}</stream:features>`;
  }

  #afterLogin(socket: ServerSocket, frame: XmlElement): void {
    const bind = child(frame, 'bind');
    if (bind !== undefined) {
      const jid = xml('bind', { xmlns: 'urn:ietf:params:xml:ns:xmpp-bind' }, xml('jid', {}, JID));
      socket.send(serializeXml(iqResult(frame, jid)));
    } else if (frame.name === 'enable') {
      socket.send('<enabled xmlns="urn:xmpp:sm:3" id="sm-1" resume="true"/>');
    } else if (frame.name === 'resume') {
      const failed =
        '<failed xmlns="urn:xmpp:sm:3"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>';
      // As after a cut: nothing of what was sent while it lasted has arrived.
      socket.send(
        this.canResume ? `<resumed xmlns="urn:xmpp:sm:3" previd="sm-1" h="${this.received.length}"/>` : failed,
      );
    } else if (frame.name === 'r') {
      socket.send(`<a xmlns="urn:xmpp:sm:3" h="${this.received.length}"/>`);
    } else if (frame.name !== 'a') {
      this.received.push(frame);
    }
  }
}

let server: TinyServer;
let connection: Connection;

beforeEach(async () => {
  server = new TinyServer();
  await server.listen();
  connection = new Connection({
    url: server.url,
    domain: 'meet.example',
    room: 'standup',
    token: 't0ken',
    platform: { openSocket: (url, protocol) => new WebSocket(url, protocol), log: console },
    retry: { delayMs: (attempt) => (attempt > 3 ? undefined : 1) },
  });
});
afterEach(async () => {
  connection.close();
  await server.close();
});

async function online(): Promise<void> {
  connection.connect();
  await until(() => connection.state.name === 'online', 'the connection is online');
}
const message = (id: string) => xml('message', { id, to: 'standup@muc.meet.example' });

describe('a connection', () => {
  test('names room and token in its address and tells the bound JID', async () => {
    const bound: string[] = [];
    connection.on('bound', (jid) => bound.push(jid));
    await online();
    expect(server.urls).toEqual(['/xmpp-websocket?room=standup&token=t0ken']);
    expect(bound).toEqual([JID]);
  });

  test('sends stanzas in the namespace of clients', async () => {
    await online();
    connection.send(message('m1'));
    await until(() => server.received.length === 1, 'the stanza arrives');
    expect(server.received[0]?.attrs).toMatchObject({ xmlns: 'jabber:client', id: 'm1' });
  });

  test('answers requests that nobody handles with an error', async () => {
    await online();
    server.send(
      `<iq xmlns="jabber:client" type="get" id="q1" from="a@b/c" to="${JID}"><query xmlns="what:ever"/></iq>`,
    );
    await until(() => server.received.length === 1, 'the answer arrives');
    expect(server.received[0]?.attrs).toMatchObject({ type: 'error', id: 'q1', to: 'a@b/c' });
  });

  test('survives frames that are no XML', async () => {
    await online();
    server.send('<oops');
    connection.send(message('m1'));
    await until(() => server.received.length === 1, 'the connection still works');
    expect(connection.state.name).toBe('online');
  });
});

describe('a request', () => {
  const ping = xml('iq', { type: 'get', to: 'meet.example' }, xml('ping', { xmlns: 'urn:xmpp:ping' }));

  test('gets the answer of the one who was asked, and of nobody else', async () => {
    await online();
    const answer = connection.request(ping);
    await until(() => server.received.length === 1, 'the request arrives');
    const id = server.received[0]?.attrs['id'];
    server.send(
      `<iq xmlns="jabber:client" type="result" id="${id}" from="standup@muc.meet.example/mallory"><fake/></iq>`,
    );
    server.send(`<iq xmlns="jabber:client" type="result" id="${id}" from="meet.example"><real/></iq>`);
    expect(child(await answer, 'real')).toBeDefined();
  });

  test('that is refused says how', async () => {
    await online();
    const answer = connection.request(ping);
    await until(() => server.received.length === 1, 'the request arrives');
    const id = server.received[0]?.attrs['id'];
    server.send(
      `<iq xmlns="jabber:client" type="error" id="${id}" from="meet.example"><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
    );
    await expect(answer).rejects.toMatchObject({ code: 'refused', stanzaError: { condition: 'forbidden' } });
  });

  test('without a connection fails at once', async () => {
    await expect(connection.request(ping)).rejects.toBeInstanceOf(RequestError);
  });

  test('without an answer fails after its time', async () => {
    await online();
    await expect(connection.request(ping, 20)).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('a connection that breaks off', () => {
  test('goes on as the same session and sends what was not confirmed', async () => {
    let resumed = 0;
    let isFirstAcknowledged = false;
    let wasTaken: boolean | undefined;
    connection.on('resumed', () => resumed++);
    await online();
    connection.send(message('m1'), () => (isFirstAcknowledged = true));
    await until(() => isFirstAcknowledged, 'm1 is acknowledged');
    connection.on('state', ({ name }) => {
      if (name === 'connecting') wasTaken ??= connection.send(message('m2'));
    });
    server.sockets.at(-1)?.terminate();
    await until(() => server.received.length === 2, 'm2 arrives');
    expect(wasTaken).toBe(true);
    expect(server.urls[1]).toContain('previd=sm-1');
    expect(server.bodies()).toEqual(['m1', 'm2']);
    expect(resumed).toBe(1);
  });

  test('is a new session where the old one is forgotten; open requests fail', async () => {
    server.canResume = false;
    const bound: string[] = [];
    connection.on('bound', (jid) => bound.push(jid));
    await online();
    const request = connection.request(xml('iq', { type: 'get', to: 'meet.example' }));
    const outcome = expect(request).rejects.toMatchObject({ code: 'not-connected' });
    await until(() => server.received.length === 1, 'the request arrives');
    server.sockets.at(-1)?.terminate();
    await until(() => bound.length === 2, 'a second session');
    await outcome;
  });

  test('says that it cannot be reached when the policy gives up', async () => {
    const failures: ConnectionFailure[] = [];
    connection.on('failed', (failure) => failures.push(failure));
    await server.close();
    connection.connect();
    await until(() => failures.length > 0, 'it gives up');
    expect(failures).toEqual([{ code: 'unreachable' }]);
    expect(connection.state.name).toBe('closed');
  });

  test('lets go of an attempt that hangs when the network changes, but not of a young one', async () => {
    server.isSilent = true;
    connection.connect();
    await until(() => server.sockets.length === 1, 'the first attempt');
    connection.retryNow();
    server.isSilent = false;
    await until(
      () => {
        connection.retryNow();
        return connection.state.name === 'online';
      },
      'a second attempt that succeeds',
      { intervalMs: 50 },
    );
    expect(server.urls).toHaveLength(2);
  });

  test('does not try again after a refusal', async () => {
    const failures: ConnectionFailure[] = [];
    connection.on('failed', (failure) => failures.push(failure));
    server.refusal =
      "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-allowed/><text>token required</text></failure>";
    connection.connect();
    await until(() => failures.length > 0, 'it is refused');
    expect(failures[0]).toMatchObject({ code: 'refused', reason: 'sasl', text: 'token required' });
    expect(server.urls).toHaveLength(1);
  });
});
