/** The `turn-server` package for the bench: `node turn-package-server.mjs <its folder> <port>`. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, port] = process.argv.slice(2);
const { createServer } = await import(pathToFileURL(join(folder, 'node_modules/turn-server/index.js')).href);
const server = createServer({
  auth: { mechanism: 'long-term', realm: 'bench', credentials: { user: 'pass' } },
  // Else its permissions silently leave out the peers of the bench, which are on this machine.
  allowLoopback: true,
  relay: { ip: '127.0.0.1', externalIp: '127.0.0.1', portRange: [50_000, 59_999] },
});
server.on('listening', () => process.stdout.write('ready\n'));
server.listen({ port: Number(port), address: '127.0.0.1' });
