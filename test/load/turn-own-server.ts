/** The relay alone, for the bench: `node turn-own-server.ts native|dgram <port>`; prints `ready`. */
import { startTurnService } from '../support/turn/turn-service.ts';
import { BENCH_USER } from './turn-servers.ts';

const [io, port] = process.argv.slice(2);
await startTurnService({
  config: {
    io: io === 'dgram' ? 'dgram' : 'native',
    port: Number(port),
    realm: BENCH_USER.realm,
    users: { [BENCH_USER.username]: BENCH_USER.password },
    legacyChannels: true,
    listenAddresses: ['127.0.0.1'],
    relayAddresses: ['127.0.0.1'],
    relayPorts: { min: 50_000, max: 59_999 },
    peers: { allow: ['127.0.0.1/32'], deny: [], only: [] },
    limits: {
      allocationsPerUser: 100_000,
      allocationsPerAddress: 100_000,
      strangerAnswersPerAddress: 10_000_000,
      strangerAnswers: 10_000_000,
    },
  },
});
process.stdout.write('ready\n');
