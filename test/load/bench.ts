/**
 * `npm run bench -- <name> [--option value …]`: measures the running system against the project's targets. Exits with 1 when
 * a target is missed.
 */
import { parseArgs } from 'node:util';
import { benchForward, FORWARD_DEFAULTS } from './forward.ts';
import { benchJoin, JOIN_DEFAULTS } from './join.ts';
import { benchTurn, TURN_DEFAULTS } from './turn.ts';

interface BenchArguments {
  readonly runs: string | undefined;
  readonly receivers: string | undefined;
  readonly seconds: string | undefined;
}

const benches: Record<string, (args: BenchArguments) => Promise<boolean>> = {
  forward: ({ runs, receivers, seconds }) =>
    benchForward({
      runs: Number(runs ?? FORWARD_DEFAULTS.runs),
      receivers: receivers?.split(',').map(Number) ?? FORWARD_DEFAULTS.receivers,
      measureMs: seconds === undefined ? FORWARD_DEFAULTS.measureMs : Number(seconds) * 1_000,
    }),
  join: ({ runs }) => benchJoin({ joins: Number(runs ?? JOIN_DEFAULTS.joins) }),
  turn: ({ runs, seconds }) =>
    benchTurn({ runs: Number(runs ?? TURN_DEFAULTS.runs), seconds: Number(seconds ?? TURN_DEFAULTS.seconds) }),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string' }, receivers: { type: 'string' }, seconds: { type: 'string' } },
});
const bench = benches[positionals[0] ?? ''];
if (bench === undefined) {
  console.error(
    `Usage: npm run bench -- ${Object.keys(benches).join('|')} [--runs n] [--receivers 25,50,100] [--seconds n]`,
  );
  process.exitCode = 2;
} else {
  const { runs, receivers, seconds } = values;
  process.exitCode = (await bench({ runs, receivers, seconds })) ? 0 : 1;
}
