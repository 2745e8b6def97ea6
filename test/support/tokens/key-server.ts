import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on loopback whose answers a test decides; counts what it is asked for. */
export class KeyServer implements AsyncDisposable {
  readonly requests: string[] = [];
  handler: Handler = (_request, response) => void response.writeHead(404).end();
  readonly #server = createServer((request, response) => {
    this.requests.push(request.url ?? '');
    this.handler(request, response);
  });

  static async start(): Promise<KeyServer> {
    const server = new KeyServer();
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers everything with this text. */
  answer(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    this.handler = (_request, response) => void response.writeHead(status, headers).end(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
