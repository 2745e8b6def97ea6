import { mkdtempSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ParleyServer, ServerOptions } from '../server.ts';
import { until } from '../wait.ts';

/** The number that leads to the question for the PIN. */
export const NUMBER = { number: '+30 210 123 4567', dialled: '302101234567' };

/** Options of a server with the telephone gateway, on free ports of the loopback address. @param sip more keys of `sip` */
export function gatewayServer(sip: object = {}, options: ServerOptions = {}): ServerOptions {
  const folder = mkdtempSync(join(tmpdir(), 'parley-gateway-'));
  const file = join(folder, 'parley.yaml');
  const defaults = {
    enabled: true,
    address: '127.0.0.1',
    port: 0,
    tlsPort: 0,
    rtpPorts: '0-0',
    numbers: [{ number: NUMBER.number, country: 'GR' }],
    trunks: [{ name: 'loopback', sources: ['127.0.0.1'] }],
  };
  writeFileSync(file, stringify({ sip: { ...defaults, ...sip } }));
  return { ...options, environment: { ...options.environment, PARLEY_CONFIG: file } };
}

interface GatewayPorts {
  readonly port: number;
  readonly tlsPort: number | undefined;
}

/** Where the gateway listens, as it says when it starts. */
export async function gatewayPorts(server: ParleyServer): Promise<GatewayPorts> {
  const line = await until(
    () => server.lastOutput.split('\n').findLast((line) => line.includes('telephones can call')),
    'the line that says that telephones can call',
  );
  return JSON.parse(line) as GatewayPorts;
}

/** The PIN of a room, as the Invite dialog asks for it. @param room its name */
export async function pinOf(server: ParleyServer, room: string): Promise<string> {
  const path = `/dialin/conferenceMapper?conference=${encodeURIComponent(`${room}@muc.localhost`)}`;
  const answer = JSON.parse(await textAt(`${server.url}${path}`)) as { id: number };
  return String(answer.id);
}

/** The server's certificate is one that a test made. */
function textAt(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage): void => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    };
    const request = url.startsWith('https:')
      ? getSecurely(url, { rejectUnauthorized: false }, onResponse)
      : get(url, onResponse);
    request.on('error', reject);
  });
}
