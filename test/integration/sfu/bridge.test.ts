import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BridgeRefusal, Refused } from '../../../protocol/bridge/bridge-bus.ts';
import type { Source } from '../../../protocol/media/source.ts';
import { accepted, BridgeHarness } from '../../support/bridge/bridge-harness.ts';
import { until } from '../../support/wait.ts';

const ANN = '1f0c9a7e';
const BOB = 'b27de114';

let harness: BridgeHarness;

beforeAll(async () => {
  harness = await BridgeHarness.start({
    workers: 2,
    limits: { endpoints: 20, endpointsPerConference: 3, sourcesPerEndpoint: 2 },
  });
});

afterAll(() => harness?.stop());

function camera(owner: string, firstSsrc: number): Source {
  const [a, b, c] = [firstSsrc, firstSsrc + 1, firstSsrc + 2];
  const pairs = [a, b, c].map((ssrc) => [ssrc, ssrc + 10] as const);
  return {
    name: `${owner}-v0`,
    owner,
    kind: 'video',
    videoType: 'camera',
    msid: `${owner} video`,
    ssrcs: pairs.flat(),
    groups: [{ semantics: 'SIM', ssrcs: [a, b, c] }, ...pairs.map((ssrcs) => ({ semantics: 'FID' as const, ssrcs }))],
  };
}

function microphone(owner: string, ssrc: number): Source {
  return { name: `${owner}-a0`, owner, kind: 'audio', msid: `${owner} audio`, ssrcs: [ssrc], groups: [] };
}

function refusal(answer: { readonly ok: true } | Refused): BridgeRefusal | undefined {
  return answer.ok ? undefined : answer.reason;
}

async function connected(conference: string, endpoint: string, sources: readonly Source[] = []): Promise<string> {
  const { session } = await harness.create(conference, endpoint);
  await harness.connect({ conference, endpoint, session, sources });
  return session;
}

describe('an endpoint', () => {
  test('is offered what flows already, with SSRCs of its own, all of nine digits', async () => {
    await connected('flows', ANN, [camera(ANN, 1_000), microphone(ANN, 2_000)]);
    const { sources } = await harness.create('flows', BOB);
    expect(sources.map(({ name, owner, msid }) => ({ name, owner, msid }))).toEqual([
      { name: `${ANN}-v0`, owner: ANN, msid: `${ANN} video` },
      { name: `${ANN}-a0`, owner: ANN, msid: `${ANN} audio` },
    ]);
    const ssrcs = sources.flatMap(({ ssrc, rtxSsrc }) => (rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc]));
    expect(ssrcs).toHaveLength(3);
    expect(new Set(ssrcs).size).toBe(3);
    // Jitsi's client looks SSRCs up as substrings (wire note §5.3): one length for all.
    for (const ssrc of ssrcs) expect(String(ssrc)).toMatch(/^\d{9}$/);
  });

  test('has candidates for UDP and TCP on the media port and, least important, on the role port', async () => {
    const { candidates } = await harness.create('candidates', ANN);
    const lowestMedia = Math.min(
      ...candidates.filter(({ foundation }) => foundation.startsWith('m')).map((c) => c.priority),
    );
    const role = candidates.filter(({ foundation }) => foundation.startsWith('r'));
    expect(new Set(role.map(({ protocol }) => protocol))).toEqual(new Set(['udp', 'tcp']));
    expect(Math.max(...role.map(({ priority }) => priority))).toBeLessThan(lowestMedia);
  });

  test('is not offered extensions that break it: mid, rid, abs-capture-time', async () => {
    const { rtp } = await harness.create('extensions', ANN);
    const uris = rtp.headerExtensions.map(({ uri }) => uri);
    expect(uris).toContain('urn:ietf:params:rtp-hdrext:ssrc-audio-level');
    expect(uris.filter((uri) => /sdes:|abs-capture-time/.test(uri))).toEqual([]);
  });

  test('that adds a source makes an offer for every other endpoint', async () => {
    const session = await connected('adds', ANN);
    await connected('adds', BOB);
    const { offers } = accepted(
      await harness.bus.request(harness.requests.addSources, {
        conference: 'adds',
        endpoint: ANN,
        session,
        sources: [microphone(ANN, 4_000)],
      }),
    );
    expect(offers.map(({ receiver, sources }) => [receiver, sources.map(({ name }) => name)])).toEqual([
      [BOB, [`${ANN}-a0`]],
    ]);
  });

  test('that is created again replaces its older session, whose requests are then refused', async () => {
    const old = await connected('again', ANN, [microphone(ANN, 5_000)]);
    const next = await harness.create('again', ANN);
    expect(next.session).not.toBe(old);
    const answer = await harness.bus.request(harness.requests.addSources, {
      conference: 'again',
      endpoint: ANN,
      session: old,
      sources: [],
    });
    expect(refusal(answer)).toBe('no-such-endpoint');
    await harness.connect({
      conference: 'again',
      endpoint: ANN,
      session: next.session,
      sources: [microphone(ANN, 5_000)],
    });
    expect((await harness.create('again', BOB)).sources).toHaveLength(1);
  });

  test.each<[string, readonly Source[]]>([
    ['of another endpoint', [microphone(BOB, 6_000)]],
    ['without SSRC', [{ ...microphone(ANN, 6_000), ssrcs: [] }]],
    [
      'with a group of foreign SSRCs',
      [{ ...microphone(ANN, 6_000), groups: [{ semantics: 'FID', ssrcs: [6_000, 1] }] }],
    ],
    ['named twice', [microphone(ANN, 6_000), microphone(ANN, 6_001)]],
    ['whose SSRC another of its sources has', [microphone(ANN, 6_000), camera(ANN, 6_000)]],
    ['beyond the limit', [0, 1, 2].map((n) => ({ ...microphone(ANN, 6_100 + n), name: `${ANN}-a${n}` }))],
  ])('cannot add a source %s, and nothing is kept of the request', async (_, sources) => {
    const session = await connected('refused', ANN);
    const answer = await harness.bus.request(harness.requests.addSources, {
      conference: 'refused',
      endpoint: ANN,
      session,
      sources,
    });
    expect(refusal(answer)).toBe('bad-request');
    expect((await harness.create('refused', BOB)).sources).toEqual([]);
  });

  test('cannot connect with a fingerprint that is none, or twice', async () => {
    const { session } = await harness.create('fingerprint', ANN);
    const request = {
      conference: 'fingerprint',
      endpoint: ANN,
      session,
      ice: { usernameFragment: 'u', password: 'p' },
      sources: [],
    };
    const wrong = { hash: 'md5', value: 'AB' };
    expect(
      refusal(await harness.bus.request(harness.requests.connectEndpoint, { ...request, fingerprint: wrong })),
    ).toBe('bad-request');
    const { session: next } = await harness.create('fingerprint', ANN);
    await harness.connect({ ...request, session: next });
    await expect(harness.connect({ ...request, session: next })).rejects.toThrow('connected already');
  });
});

describe('an ICE restart', () => {
  test('gives new credentials for the same addresses, each time others, and keeps the session', async () => {
    const created = await harness.create('ice', ANN);
    const { session } = created;
    await harness.connect({ conference: 'ice', endpoint: ANN, session, sources: [microphone(ANN, 7_000)] });
    const request = { conference: 'ice', endpoint: ANN, session };
    const passwords = new Set([created.ice.password]);
    for (const count of [2, 3, 4]) {
      const { ice, candidates } = accepted(await harness.bus.request(harness.requests.restartIce, request));
      expect(candidates).toEqual(created.candidates);
      expect(passwords.add(ice.password).size).toBe(count);
      accepted(
        await harness.bus.request(harness.requests.updateIce, {
          ...request,
          ice: { usernameFragment: `mine${count}`, password: 'm'.repeat(24) },
        }),
      );
    }
    expect((await harness.create('ice', BOB)).sources.map(({ name }) => name)).toEqual([`${ANN}-a0`]);
  });

  test('of a session that is over, or of nobody, is refused', async () => {
    const old = await connected('ice-over', ANN);
    await harness.create('ice-over', ANN);
    const { restartIce, updateIce } = harness.requests;
    const ice = { usernameFragment: 'mine', password: 'm'.repeat(24) };
    for (const [conference, endpoint] of [
      ['ice-over', ANN],
      ['ice-over', BOB],
      ['nowhere', ANN],
    ] as const) {
      const request = { conference, endpoint, session: old };
      expect(refusal(await harness.bus.request(restartIce, request))).toBe('no-such-endpoint');
      expect(refusal(await harness.bus.request(updateIce, { ...request, ice }))).toBe('no-such-endpoint');
    }
  });
});

describe('a conference', () => {
  test('takes no more endpoints than its limit', async () => {
    for (const id of ['00000001', '00000002', '00000003']) await harness.create('full', id);
    const answer = await harness.bus.request(harness.requests.createEndpoint, {
      conference: 'full',
      endpoint: '00000004',
    });
    expect(refusal(answer)).toBe('unavailable');
  });

  test('ends with its last endpoint and can begin again', async () => {
    await harness.create('ends', ANN);
    accepted(await harness.bus.request(harness.requests.removeEndpoint, { conference: 'ends', endpoint: ANN }));
    const answer = await harness.bus.request(harness.requests.forceMute, {
      conference: 'ends',
      endpoint: ANN,
      kind: 'audio',
      muted: true,
    });
    expect(refusal(answer)).toBe('no-such-endpoint');
    expect((await harness.create('ends', ANN)).ok).toBe(true);
  });

  test('is reported lost when its worker dies, and begins again on a new one', async () => {
    const { session } = await harness.create('dies', ANN);
    const workers = workerPids();
    expect(workers).toHaveLength(2);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    await until(
      () => harness.closedEndpoints.find((event) => event.session === session)?.reason === 'worker-died',
      'the endpoint-closed event',
    );
    const created = await until(async () => {
      const answer = await harness.bus.request(harness.requests.createEndpoint, { conference: 'dies', endpoint: ANN });
      return answer.ok && answer;
    }, 'a worker that takes the conference');
    expect(created.session).not.toBe(session);
    await until(
      async () => (await harness.metrics.metrics()).includes('parley_sfu_workers 2\n'),
      'both workers to be replaced',
    );
    expect(await harness.metrics.metrics()).toContain('parley_sfu_worker_deaths_total 2');
  });
});

/** Worker processes are this process's only children here. */
function workerPids(): readonly number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return children.trim().split(' ').map(Number);
}
