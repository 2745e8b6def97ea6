import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'vite';

const PAGES = ['outer', 'wrapper', 'sdk', 'script'];
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Pages of others that embed meetings, with foreign parts, on an origin of their own. */
export class Embedder {
  /** Another site than that of the meetings. */
  readonly url: string;
  readonly #server: Server;
  readonly #directory: string;

  static async start(): Promise<Embedder> {
    const directory = await mkdtemp(join(tmpdir(), 'parley-embedder-'));
    await build({
      root: import.meta.dirname,
      configFile: false,
      logLevel: 'error',
      build: {
        outDir: directory,
        emptyOutDir: true,
        rollupOptions: { input: PAGES.map((page) => join(import.meta.dirname, `${page}.html`)) },
      },
    });
    const server = createServer(({ url = '/' }, response) => {
      const { pathname } = new URL(url, 'http://embedder');
      const file = createReadStream(join(directory, pathname));
      file.once('error', () => response.writeHead(404).end());
      file.once('open', () => {
        response.writeHead(200, { 'content-type': TYPES[extname(pathname)] ?? 'application/octet-stream' });
        file.pipe(response);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Embedder(server, directory);
  }

  private constructor(server: Server, directory: string) {
    this.#server = server;
    this.#directory = directory;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
