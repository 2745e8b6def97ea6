import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndpointCreated } from '#protocol/bridge/bridge-bus.ts';
import type { ReceivedSource } from '#protocol/media/source.ts';
import { FAKE_RTP } from '../test/support/focus/fake-bridge.ts';
import {
  ACCEPT_TIMEOUT_MS,
  clientSession,
  NEW_PARTICIPANT,
  STABLE_SESSION_MS,
  step,
  type ParticipantInput,
  type ParticipantOutput,
  type ParticipantState,
} from './participant.ts';

function source(name: string, ssrc: number): ReceivedSource {
  return { name, owner: name.slice(0, 8), kind: 'audio', msid: `${name} ${ssrc}`, ssrc };
}

function created(session: string): EndpointCreated {
  return {
    ok: true,
    session,
    ice: { usernameFragment: 'abcd', password: 'p'.repeat(24) },
    candidates: [],
    fingerprint: { hash: 'sha-256', value: 'AB' },
    channelPath: '/c',
    rtp: FAKE_RTP,
    sources: [],
  };
}

/** Plays inputs and collects outputs. */
class Player {
  state: ParticipantState = NEW_PARTICIPANT;
  now = 0;
  outputs: ParticipantOutput[] = [];

  play(...inputs: readonly ParticipantInput[]): this {
    for (const input of inputs) {
      const next = step(this.state, input, this.now);
      this.state = next.state;
      this.outputs.push(...next.outputs);
    }
    return this;
  }

  take(): string[] {
    return this.outputs.splice(0).map(({ kind }) => kind);
  }

  createdNow(sources: readonly ReceivedSource[] = []): ParticipantInput {
    const { attempt } = this.state;
    return {
      kind: 'created',
      attempt,
      created: created(`b${attempt}`),
      sources,
      sid: `s${attempt}`,
      bridgeSessionId: `i${attempt}`,
    };
  }

  activate(sources: readonly ReceivedSource[] = []): this {
    this.play({ kind: 'invite' });
    this.play(this.createdNow(sources), { kind: 'heard' }, { kind: 'accepted' });
    this.play({ kind: 'connected', sid: `s${this.state.attempt}` });
    this.take();
    return this;
  }
}

const mic = source('b27de114-a0', 5);

test('an invitation allocates, offers, and signals nothing that was in the offer', () => {
  const player = new Player().play({ kind: 'invite' });
  expect(player.take()).toEqual(['create-endpoint']);
  player.play(player.createdNow([mic]));
  expect(player.take()).toEqual(['offer']);
  player.play({ kind: 'accepted' }, { kind: 'connected', sid: 's1' });
  expect(player.take()).toEqual([]);
  expect(player.state.phase.name).toBe('active');
});

test('sources that come before the client has accepted are held back until then', () => {
  const player = new Player().play({ kind: 'invite' });
  player.play(player.createdNow(), { kind: 'offered', sources: [mic] });
  expect(player.take()).toEqual(['create-endpoint', 'offer']);
  player.play({ kind: 'accepted' }, { kind: 'connected', sid: 's1' });
  expect(player.take()).toEqual(['source-change']);
  player.play({ kind: 'acknowledged', sid: 's1' });
  expect(player.outputs).toEqual([{ kind: 'accept-sources', bridgeSession: 'b1', names: [mic.name] }]);
});

test('what comes while the allocation is under way is not lost, and the answer knows better about what both name', () => {
  const player = new Player().play({ kind: 'invite' }, { kind: 'offered', sources: [source('a', 1), source('b', 2)] });
  player.play(player.createdNow([source('a', 9)]), { kind: 'accepted' }, { kind: 'connected', sid: 's1' });
  const change = player.outputs.at(-1);
  expect(change).toMatchObject({ kind: 'source-change', action: 'source-add', sources: [{ name: 'b', ssrc: 2 }] });
  expect(clientSession(player.state)?.told.get('a')?.ssrc).toBe(9);
});

test('only one change is under way; meanwhile the next gathers, removals first', () => {
  const player = new Player().activate([mic]);
  player.play({ kind: 'offered', sources: [source('a', 1)] });
  player.play({ kind: 'offered', sources: [source('b', 2)] }, { kind: 'withdrawn', names: [mic.name] });
  expect(player.take()).toEqual(['source-change']);
  player.play({ kind: 'acknowledged', sid: 's1' });
  expect(player.outputs.splice(0)).toMatchObject([
    { kind: 'accept-sources', names: ['a'] },
    { action: 'source-remove', sources: [{ name: mic.name }] },
  ]);
  player.play({ kind: 'acknowledged', sid: 's1' });
  expect(player.outputs).toMatchObject([{ action: 'source-add', sources: [{ name: 'b' }] }]);
});

test('a source that comes back under its name with another SSRC is removed before it is added', () => {
  const player = new Player().activate([mic]);
  player.play({ kind: 'offered', sources: [source('x', 1)] });
  player.play({ kind: 'withdrawn', names: [mic.name] }, { kind: 'offered', sources: [{ ...mic, ssrc: 6 }] });
  player.play({ kind: 'acknowledged', sid: 's1' }, { kind: 'acknowledged', sid: 's1' });
  const changes = player.outputs.flatMap((output) => (output.kind === 'source-change' ? [output] : []));
  expect(changes.map(({ action, sources }) => `${action} ${sources.map(({ ssrc }) => ssrc).join()}`)).toEqual([
    'source-add 1',
    'source-remove 5',
    'source-add 6',
  ]);
});

test('the answer to an allocation that nobody waits for frees the endpoint', () => {
  const player = new Player().play({ kind: 'invite' });
  const late = player.createdNow();
  player.play({ kind: 'stop', reason: 'expired' }, late);
  expect(player.outputs.at(-1)).toEqual({ kind: 'remove-endpoint', bridgeSession: 'b1' });
  expect(player.state.phase.name).toBe('idle');
});

test('failures in a row are retried at once, then after 1, 2, 4 … 60 s; a stable session starts the count anew', () => {
  const player = new Player();
  player.play({ kind: 'invite' });
  const delays: number[] = [];
  for (let count = 0; count < 9; count += 1) {
    player.play({ kind: 'not-created', attempt: player.state.attempt, isBridgeMissing: false });
    delays.push((player.state.wakeAt ?? player.now) - player.now);
    player.now = player.state.wakeAt ?? player.now;
    player.play({ kind: 'wake' });
  }
  expect(delays).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  player.play(player.createdNow(), { kind: 'heard' }, { kind: 'accepted' });
  player.play({ kind: 'connected', sid: `s${player.state.attempt}` });
  player.now += STABLE_SESSION_MS;
  player.take();
  player.play({ kind: 'lost', reason: 'bridge-lost' });
  expect(player.take()).toEqual(['terminate', 'release-sources', 'remove-endpoint', 'create-endpoint']);
});

test('an offer that is acknowledged but not accepted in time is taken back', () => {
  const player = new Player().play({ kind: 'invite' });
  player.play(player.createdNow());
  player.now = 100_000;
  expect(player.play({ kind: 'wake' }, { kind: 'heard' }).take()).not.toContain('terminate');
  player.now += ACCEPT_TIMEOUT_MS - 1;
  player.take();
  expect(player.play({ kind: 'wake' }).take()).toEqual([]);
  player.now += 1;
  expect(player.play({ kind: 'wake' }).take()).toContain('terminate');
});

test('while the client has not answered, it gets no other offer, however often the bridge loses it', () => {
  const player = new Player().play({ kind: 'invite' });
  player.play(player.createdNow(), { kind: 'lost', reason: 'bridge-lost' });
  const ended = ['terminate', 'release-sources', 'remove-endpoint'];
  expect(player.take()).toEqual(['create-endpoint', 'offer', ...ended, 'probe']);
  player.play({ kind: 'invite' }, { kind: 'lost', reason: 'bridge-lost' }, { kind: 'wake' });
  expect(player.take()).toEqual([]);
  expect(player.play({ kind: 'heard' }).take()).toEqual(['create-endpoint']);
});

test('a change that the client has not answered keeps the next offer back as well', () => {
  const player = new Player().activate();
  player.play({ kind: 'offered', sources: [mic] }, { kind: 'lost', reason: 'bridge-lost' });
  expect(player.take()).toEqual(['source-change', 'terminate', 'release-sources', 'remove-endpoint', 'probe']);
  player.play({ kind: 'stop', reason: 'expired' }, { kind: 'heard' });
  expect(player.take()).toEqual([]);
});

test('without a bridge it waits to be invited again', () => {
  const player = new Player().play({ kind: 'invite' });
  player.play({ kind: 'not-created', attempt: 1, isBridgeMissing: true });
  expect(player.state.phase.name).toBe('idle');
  expect(player.play({ kind: 'invite' }).take()).toEqual(['create-endpoint', 'create-endpoint']);
});

test('reports about an earlier session change nothing', () => {
  const player = new Player().activate();
  const before = player.state;
  player.play({ kind: 'lost', sid: 'old', reason: 'no-answer' }, { kind: 'acknowledged', sid: 'old' });
  player.play({ kind: 'connected', sid: 'old' }, { kind: 'not-created', attempt: 0, isBridgeMissing: false });
  expect(player.state).toEqual(before);
  expect(player.outputs).toEqual([]);
});

test('a client that ended its session is not invited again by the way', () => {
  const player = new Player().activate();
  player.play({ kind: 'terminated', isRestart: false });
  expect(player.take()).toEqual(['release-sources', 'remove-endpoint']);
  player.play({ kind: 'invite' }, { kind: 'stop', reason: 'expired' }, { kind: 'invite' });
  expect(player.take()).toEqual([]);
});

const names = ['a', 'b', 'c'];
type MakeInput = (player: Player) => ParticipantInput;
const anyInput = fc.oneof<fc.Arbitrary<MakeInput>[]>(
  fc
    .constantFrom<ParticipantInput>(
      { kind: 'invite' },
      { kind: 'accepted' },
      { kind: 'wake' },
      { kind: 'heard' },
      { kind: 'lost', reason: 'bridge-lost' },
      { kind: 'lost', sid: 's1', reason: 'no-answer' },
      { kind: 'terminated', isRestart: true },
      { kind: 'stop', reason: 'expired' },
    )
    .map((input) => () => input),
  fc.constant((player: Player): ParticipantInput => ({
    kind: 'connected',
    sid: clientSession(player.state)?.sid ?? '',
  })),
  fc.constant((player: Player): ParticipantInput => ({
    kind: 'acknowledged',
    sid: clientSession(player.state)?.sid ?? '',
  })),
  fc.constant((player: Player): ParticipantInput =>
    player.createdNow(names.map((name, index) => source(name, index + 1))),
  ),
  fc
    .tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 5 }))
    .map(([name, ssrc]) => () => ({ kind: 'offered', sources: [source(name, ssrc)] })),
  fc.subarray(names).map((withdrawn) => () => ({ kind: 'withdrawn', names: withdrawn })),
);

test('a client is never told of a source twice nor of the end of one it has not, and no endpoint is left behind', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyInput, fc.nat(70_000)), { maxLength: 60 }), (steps) => {
      const player = new Player();
      const known = new Map<string, Set<string>>();
      const endpoints = new Set<string>();
      let unacknowledged = 0;
      let isAnswered = true;
      const observe = (): void => {
        for (const output of player.outputs.splice(0)) {
          if (output.kind === 'offer') {
            expect(isAnswered).toBe(true);
            isAnswered = false;
            known.set(output.session.sid, new Set(output.sources.map(({ name }) => name)));
            unacknowledged = 0;
          } else if (output.kind === 'source-change') {
            isAnswered = false;
            unacknowledged += 1;
            expect(unacknowledged).toBe(1);
            const told = known.get(output.sid) ?? expect.fail('a change of a session that was not offered');
            for (const { name } of output.sources) {
              expect(told.has(name)).toBe(output.action === 'source-remove');
              if (output.action === 'source-add') told.add(name);
              else told.delete(name);
            }
          } else if (output.kind === 'remove-endpoint') {
            endpoints.delete(output.bridgeSession);
          } else if (output.kind === 'terminate') {
            expect(known.delete(output.sid)).toBe(true);
          }
        }
      };
      for (const [make, passedMs] of steps) {
        player.now += passedMs;
        const input = make(player);
        if (input.kind === 'created') {
          // The bridge answers an allocation once.
          if (player.state.phase.name !== 'allocating' || endpoints.has(input.created.session)) continue;
          endpoints.add(input.created.session);
        }
        if (input.kind === 'acknowledged') {
          if (unacknowledged === 0) continue;
          unacknowledged = 0;
        }
        if (input.kind === 'heard') isAnswered = true;
        player.play(input);
        observe();
        const session = clientSession(player.state);
        expect([...endpoints]).toEqual(session === undefined ? [] : [session.bridgeSession]);
      }
      // Once everything is acknowledged, the client knows exactly what it should have.
      while (player.state.phase.name === 'active' && unacknowledged > 0) {
        unacknowledged = 0;
        player.play({ kind: 'acknowledged', sid: player.state.phase.session.sid });
        observe();
      }
      if (player.state.phase.name === 'active') {
        const told = known.get(player.state.phase.session.sid) ?? new Set();
        expect([...told].toSorted()).toEqual([...player.state.wanted.keys()].toSorted());
      }
      player.play({ kind: 'stop', reason: 'gone' });
      observe();
      expect(endpoints.size).toBe(0);
    }),
    { numRuns: 500 },
  );
});
