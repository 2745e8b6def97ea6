/**
 * `npm run bench -- <name> [--option value …]`: measures the running system against the project's targets. Exits with 1 when
 * a target is missed.
 */
import { parseArgs } from 'node:util';
import { benchForward, FORWARD_DEFAULTS } from './forward.ts';
import { benchJoin, JOIN_DEFAULTS } from './join.ts';
import { benchSignalling, SIGNALLING_DEFAULTS } from './signalling.ts';
import { benchSipCalls, SIP_CALLS_DEFAULTS } from './sip-calls.ts';
import { benchSipDelay } from './sip-delay.ts';
import { benchSipLegs } from './sip-legs.ts';
import { benchSipMixer, SIP_MIXER_DEFAULTS } from './sip-mixer.ts';
import { benchSip, SIP_DEFAULTS } from './sip.ts';
import { benchTurn, TURN_DEFAULTS } from './turn.ts';

interface BenchArguments {
  readonly runs: string | undefined;
  readonly receivers: string | undefined;
  readonly windows: string | undefined;
  readonly seconds: string | undefined;
}

const benches: Record<string, (args: BenchArguments) => Promise<boolean>> = {
  forward: ({ runs, receivers, windows, seconds }) =>
    benchForward({
      runs: Number(runs ?? FORWARD_DEFAULTS.runs),
      receivers: receivers?.split(',').map(Number) ?? FORWARD_DEFAULTS.receivers,
      windows: windows === undefined ? FORWARD_DEFAULTS.windows : Number(windows),
      measureMs: seconds === undefined ? FORWARD_DEFAULTS.measureMs : Number(seconds) * 1_000,
    }),
  join: ({ runs }) => benchJoin({ joins: Number(runs ?? JOIN_DEFAULTS.joins) }),
  signalling: ({ runs }) => benchSignalling({ runs: Number(runs ?? SIGNALLING_DEFAULTS.runs) }),
  sip: async ({ runs, seconds }) => {
    const isFast = [
      await benchSip({ runs: Number(runs ?? SIP_DEFAULTS.runs) }),
      await benchSipMixer({ ...SIP_MIXER_DEFAULTS, ...(seconds === undefined ? {} : { seconds: Number(seconds) }) }),
      await benchSipDelay(),
      await benchSipLegs(),
      await benchSipCalls({ seconds: Number(seconds ?? SIP_CALLS_DEFAULTS.seconds) }),
    ];
    return !isFast.includes(false);
  },
  turn: ({ runs, seconds }) =>
    benchTurn({ runs: Number(runs ?? TURN_DEFAULTS.runs), seconds: Number(seconds ?? TURN_DEFAULTS.seconds) }),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    receivers: { type: 'string' },
    windows: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const bench = benches[positionals[0] ?? ''];
if (bench === undefined) {
  console.error(
    `Usage: npm run bench -- ${Object.keys(benches).join('|')} [--runs n] [--receivers 25,50,100] [--windows n] [--seconds n]`,
  );
  process.exitCode = 2;
} else {
  const { runs, receivers, windows, seconds } = values;
  process.exitCode = (await bench({ runs, receivers, windows, seconds })) ? 0 : 1;
}
