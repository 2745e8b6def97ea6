import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * A reverse proxy with TLS in front of a server on loopback, which a test may break: `answer` instead of the server,
 * `change` what it answers, or refuse upgrades.
 */
export class BrokenProxy implements AsyncDisposable {
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  change: ((path: string, headers: Record<string, unknown>) => void) | undefined;
  passesUpgrades = true;
  readonly #target: () => number;
  readonly #server;

  private constructor(tls: { readonly cert: Buffer; readonly key: Buffer }, target: () => number) {
    this.#target = target;
    this.#server = createServer(tls, (request, response) => this.#pass(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => this.#upgrade(request, socket));
  }

  /** @param target port of the server behind it. */
  static async start(tls: { readonly cert: Buffer; readonly key: Buffer }, target: () => number): Promise<BrokenProxy> {
    const proxy = new BrokenProxy(tls, target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '0.0.0.0', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** As it was at the beginning. */
  mend(): void {
    this.answer = undefined;
    this.change = undefined;
    this.passesUpgrades = true;
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    if (this.answer?.(request, response) === true) return;
    const { url: path = '/', method = 'GET', headers } = request;
    const passed = httpRequest({ host: '127.0.0.1', port: this.#target(), path, method, headers }, (answer) => {
      const changed: Record<string, unknown> = { ...answer.headers };
      this.change?.(path, changed);
      response.writeHead(answer.statusCode ?? 502, changed as Record<string, string>);
      answer.pipe(response);
    });
    passed.once('error', () => response.writeHead(502).end());
    request.pipe(passed);
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    if (!this.passesUpgrades) {
      socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    const passed = connect(this.#target(), '127.0.0.1', () => {
      const lines = request.rawHeaders.flatMap((name, index, all) =>
        index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
      );
      passed.write([`GET ${request.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
      passed.pipe(socket).pipe(passed);
    });
    for (const one of [passed, socket]) {
      one.on('error', () => {
        passed.destroy();
        socket.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
