import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { configSchema } from '../config.ts';
import { nodeOfRoom } from '../signalling/identity/matrix/room-binding.ts';
import { runMatrixCommand } from './matrix.ts';
import type { Snippet } from './matrix/snippets.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-snippets-'));
writeFileSync(join(folder, 'secrets.json'), JSON.stringify({ turnSecret: 'generated: "secret" #1' }));
const settings = { PARLEY_PUBLIC_URL: 'https://meet.example:8443', PARLEY_DATA_DIR: folder };

async function run(args: readonly string[], environment: Record<string, string> = settings) {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const code = await runMatrixCommand(args, { output, errors, environment });
  return { code, output: String(output.read() ?? ''), errors: String(errors.read() ?? '') };
}

async function snippets(
  args: readonly string[] = [],
  environment?: Record<string, string>,
): Promise<Map<string, string>> {
  const { code, output } = await run(['snippets', '--json', ...args], environment);
  expect(code).toBe(0);
  return new Map((JSON.parse(output) as Snippet[]).map(({ title, text }) => [title, text]));
}

const textOf = async (
  title: string,
  args?: readonly string[],
  environment?: Record<string, string>,
): Promise<string> => {
  const text = (await snippets(args, environment)).get(title);
  if (text === undefined) throw new Error(`no snippet “${title}”`);
  return text;
};

describe('what is printed', () => {
  test('sends Element here, by its configuration and by the homeserver’s', async () => {
    expect(JSON.parse(await textOf('Element Web and Desktop'))).toMatchObject({
      jitsi: { preferred_domain: 'meet.example:8443' },
    });
    expect(JSON.parse(await textOf('All clients of a homeserver'))).toEqual({
      'io.element.jitsi': { preferredDomain: 'meet.example:8443' },
      'im.vector.riot.jitsi': { preferredDomain: 'meet.example:8443' },
    });
  });

  test('gives Synapse and Dendrite the relay, whatever is in the secret', async () => {
    const synapse = parseYaml(await textOf('Synapse: the relay for calls of two', ['--secret'])) as object;
    expect(synapse).toEqual({
      turn_uris: ['turn:meet.example:3478?transport=udp', 'turn:meet.example:3478?transport=tcp'],
      turn_shared_secret: 'generated: "secret" #1',
      turn_user_lifetime: '1h',
      turn_allow_guests: false,
    });
    const dendrite = parseYaml(await textOf('Dendrite: the same', ['--secret'])) as { client_api: { turn: object } };
    expect(dendrite.client_api.turn).toMatchObject({ turn_shared_secret: 'generated: "secret" #1' });
  });

  test('has TLS and the configured secret where they are', async () => {
    const environment = {
      ...settings,
      PARLEY_PUBLIC_URL: 'https://[2001:db8::1]',
      PARLEY_TLS_CERT: 'cert.pem',
      PARLEY_TLS_KEY: 'key.pem',
      PARLEY_TURN_SECRET: 'a secret of one’s own',
    };
    const synapse = parseYaml(await textOf('Synapse: the relay for calls of two', ['--secret'], environment)) as {
      turn_uris: string[];
      turn_shared_secret: string;
    };
    expect(synapse.turn_uris.at(-1)).toBe('turns:[2001:db8::1]:5349?transport=tcp');
    expect(synapse.turn_shared_secret).toBe('a secret of one’s own');
  });

  test('has no relay where none runs, and no secret unless one asks for it', async () => {
    const none = await snippets([], { ...settings, PARLEY_TURN_ENABLED: 'false' });
    expect([...none.keys()].filter((title) => /relay|Dendrite/.test(title))).toEqual([]);
    expect((await run(['snippets'])).output).not.toContain('generated');
  });

  test('configures this server as its own schema wants it, for the homeservers that it knows', async () => {
    const config = join(folder, 'parley.yaml');
    writeFileSync(
      config,
      'matrix:\n  enabled: true\n  homeservers:\n    - {serverName: "b.example:8448", baseUrl: "http://10.0.0.7:8008", botToken: t}\n',
    );
    const text = await textOf('Parley: who is in which room', ['--config', config]);
    expect(configSchema.parse(parseYaml(text)).matrix.homeservers).toEqual([
      {
        serverName: 'b.example:8448',
        baseUrl: 'https://matrix.b.example',
        adminTokenFile: '/etc/parley/synapse-admin-token',
      },
    ]);
    expect(configSchema.parse(parseYaml(await textOf('Parley: who is in which room'))).matrix.enabled).toBe(true);
  });

  test('puts the widget that Element would make into a room', async () => {
    const script = await textOf('One room, by script');
    const roomId = '!tYPpCPqwlfJMmymIAy:localhost:18448';
    // curl's place is taken by what shows its arguments and input.
    const stand = join(folder, 'curl');
    writeFileSync(stand, '#!/bin/sh\necho "$@"\ncat\n', { mode: 0o755 });
    const environment = {
      PATH: `${folder}:${process.env['PATH']}`,
      BASE: 'https://m.example',
      TOKEN: 't',
      ROOM_ID: roomId,
      ROOM: 'r',
    };
    const shown = execFileSync('sh', ['-e'], { input: script, env: environment, encoding: 'utf8' });
    const [command = '', event = ''] = shown.split('\n');
    expect(command).toContain('https://m.example/_matrix/client/v3/rooms/r/state/im.vector.modular.widgets/parley');
    expect(JSON.parse(event)).toMatchObject({
      type: 'jitsi',
      data: { domain: 'meet.example:8443', conferenceId: nodeOfRoom(roomId).toUpperCase(), auth: 'openidtoken-jwt' },
    });
  });

  test('has the native widget where it is configured', async () => {
    const config = join(folder, 'widget.yaml');
    const homeserver = '{serverName: example.org, baseUrl: "https://m.example", botToken: t}';
    writeFileSync(
      config,
      `matrix: {enabled: true, widgetUrl: "https://widget.example/", widgetName: Σύσκεψη, homeservers: [${homeserver}]}\n`,
    );
    const all = await snippets(['--config', config]);
    const buildUrl = 'https://meet.example:8443/matrix/widget';
    expect(JSON.parse(all.get('Native widget: the call button of Element Web') ?? '')).toEqual({
      widget_build_url: buildUrl,
    });
    expect(JSON.parse(all.get('Native widget: the call button of all clients of a homeserver') ?? '')).toEqual({
      'io.element.call_behaviour': { widget_build_url: buildUrl, ignore_dm: true },
    });
    expect(all.get('Native widget: one room, by hand')).toMatch(/^\/addwidget https:\/\/widget\.example\/matrix#/);
    const [, , event = ''] = (all.get('Native widget: one room, by script') ?? '').split('\n');
    expect(JSON.parse(event)).toMatchObject({
      type: 'm.custom',
      name: 'Σύσκεψη',
      data: { title: 'Σύσκεψη' },
      id: 'parley-native',
      url: expect.stringContaining('https://widget.example/matrix#') as string,
    });
    expect([...(await snippets()).keys()].filter((title) => title.startsWith('Native'))).toEqual([]);
  });

  test('is readable', async () => {
    const { output } = await run(['snippets']);
    expect(output).toMatch(/^── Element Web and Desktop\n {3}config\.json/);
    expect(output).toContain('/addwidget https://meet.example:8443/NAME');
  });
});

test.each([[[]], [['nonsense']], [['snippets', 'more']], [['snippets', '--other']]])(
  '%j is not understood',
  async (args) => {
    const { code, errors } = await run(args);
    expect(code).toBe(2);
    expect(errors).toContain('Usage');
  },
);

test('without https there is nothing to paste, and it says what to do', async () => {
  const { code, errors } = await run(['snippets'], { PARLEY_DATA_DIR: folder });
  expect(code).toBe(1);
  expect(errors).toContain('PARLEY_PUBLIC_URL');
});

test('a secret that cannot be read is named with its place', async () => {
  const { code, errors } = await run(['snippets', '--secret'], { ...settings, PARLEY_DATA_DIR: join(folder, 'none') });
  expect(code).toBe(1);
  expect(errors).toContain(join(folder, 'none', 'secrets.json'));
});
