import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RTCPeerConnection } from 'werift';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { writeLifetime } from '../../../turn/stun/lifetime.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { SocketClient, UdpPeer } from '../../support/turn/socket-client.ts';
import { TurnProcess } from '../../support/turn/turn-process.ts';
import { until } from '../../support/wait.ts';

const SECRET = 'a secret that two programs share';
const README = readFileSync(join(import.meta.dirname, '../../../turn/README.md'), 'utf8');

/** What the recipe gives a homeserver, with our ports in place of the usual ones. */
const homeserver = z.strictObject({
  turn_uris: z.array(z.string()),
  turn_shared_secret: z.string(),
  turn_user_lifetime: z.number(),
  turn_allow_guests: z.boolean(),
});

function recipe(language: string, beginning: string): string {
  const block = README.split(`\`\`\`${language}\n`)
    .slice(1)
    .find((text) => text.startsWith(beginning));
  if (block === undefined) throw new Error(`the README has no such recipe: ${beginning}`);
  return block.slice(0, block.indexOf('```'));
}

/** As Synapse answers GET /_matrix/client/v3/voip/turnServer. */
function turnServerAnswer(userId: string): { username: string; password: string; ttl: number; uris: string[] } {
  const config = homeserver.parse(parse(recipe('yaml', '# Synapse')));
  const ttl = config.turn_user_lifetime / 1000;
  const username = `${Math.floor(Date.now() / 1000) + ttl}:${userId}`;
  const password = createHmac('sha1', SECRET).update(username).digest('base64');
  return { username, password, ttl, uris: config.turn_uris };
}

let turn: TurnProcess;

/** The environment the README names for a relay beside a homeserver; the rest keeps the test on this machine. */
function start(): Promise<TurnProcess> {
  const { cert, key } = certificate('turn.example.org');
  return TurnProcess.start({
    PARLEY_TURN_SECRET: SECRET,
    PARLEY_TURN_REALM: 'turn.example.org',
    PARLEY_TLS_CERT: cert,
    PARLEY_TLS_KEY: key,
    PARLEY_TURN_PEERS_ALLOW: '127.0.0.1/32',
    PARLEY_TURN_DRAIN_SECONDS: '60',
  });
}

beforeAll(async () => {
  turn = await start();
});

afterAll(() => turn[Symbol.asyncDispose]());

function connect(uri: string): Promise<SocketClient> {
  switch (uri) {
    case 'turn:turn.example.org?transport=udp':
      return SocketClient.udp(turn.port);
    case 'turn:turn.example.org?transport=tcp':
      return SocketClient.stream(turn.port);
    case 'turns:turn.example.org:5349?transport=tcp':
      return SocketClient.stream(turn.tlsPort, { tls: true });
    default:
      throw new Error(`no transport for ${uri}`);
  }
}

describe('npm start -- turn, in coturn’s place', () => {
  it('serves every address of Synapse’s answer with the credential of that answer', async () => {
    const { uris, username, password } = turnServerAnswer('@ann:example.org');
    expect(uris).toHaveLength(3);
    await using peer = await UdpPeer.open();
    for (const uri of uris) {
      await using client = await connect(uri);
      client.credential = { username, password };
      const relayed = await client.allocate();
      expect(client.credential.realm).toBe('turn.example.org');
      expect(await client.bind(0x4000, peer.address)).toBe(0);
      client.sendChannelData(0x4000, Buffer.from(uri));
      expect(await peer.inbox.take(`media by ${uri}`)).toEqual(Buffer.from(uri));
      peer.send(Buffer.from('back'), relayed);
      await client.inbox.take('media back');
      await client.request(Method.REFRESH, (writer) => writeLifetime(writer, 0));
    }
  });

  it('refuses the credential of another secret', async () => {
    await using client = await SocketClient.udp(turn.port);
    await expect(client.allocate()).rejects.toThrow('401');
  });

  it('takes what Prosody’s recipe makes: the same credentials', () => {
    const lua = recipe('lua', '-- Prosody');
    expect(lua).toMatch(/type = "turns".*port = 5349.*transport = "tcp".*secret = ".*ttl = \d+.*algorithm = "turn"/u);
  });

  it('connects two peers of another implementation (werift) that may use nothing else', async () => {
    const { username, password } = turnServerAnswer('@bob:example.org');
    const iceServers = [{ urls: `turn:127.0.0.1:${turn.port}?transport=udp`, username, credential: password }];
    const [ann, bob] = [0, 1].map(() => new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' }));
    if (ann === undefined || bob === undefined) throw new Error('there are two');
    const channel = ann.createDataChannel('chat');
    const heard: string[] = [];
    bob.onDataChannel.subscribe((incoming) => {
      incoming.onMessage.subscribe((message) => heard.push(String(message)));
    });
    await ann.setLocalDescription(await ann.createOffer());
    if (ann.localDescription) await bob.setRemoteDescription(ann.localDescription);
    await bob.setLocalDescription(await bob.createAnswer());
    if (bob.localDescription) await ann.setRemoteDescription(bob.localDescription);
    await until(() => channel.readyState === 'open', 'the data channel to open');
    channel.send(Buffer.from('hello through the relay'));
    await until(() => heard.includes('hello through the relay'), 'the message to arrive');
    expect(await turn.metric('allocations')).toBe(2);
    await Promise.all([ann.close(), bob.close()]);
  });

  it('lets calls end before it does when it is asked to stop, and exits with 0', async () => {
    await using ending = await start();
    const { username, password } = turnServerAnswer('@carol:example.org');
    await using client = await SocketClient.udp(ending.port);
    await using peer = await UdpPeer.open();
    client.credential = { username, password };
    await client.allocate();
    expect(await client.bind(0x4000, peer.address)).toBe(0);
    const ended = ending.end('SIGTERM');
    const late = async (): Promise<string> => {
      await using newcomer = await SocketClient.udp(ending.port);
      newcomer.credential = { username, password };
      return await newcomer.allocate().then(() => 'granted', String);
    };
    await expect.poll(late, { message: 'newcomers to be refused' }).toContain('508');
    client.sendChannelData(0x4000, Buffer.from('still here'));
    expect(await peer.inbox.take('media while it drains')).toEqual(Buffer.from('still here'));
    await client.request(Method.REFRESH, (writer) => writeLifetime(writer, 0));
    expect(await ended).toBe(0);
  });
});
