import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Person } from '../person.ts';
import type { ParleyServer } from '../server.ts';

const answer = z.looseObject({ token: z.string() });
const secrets = z.object({ roomTokenKey: z.string() });

declare global {
  interface Window {
    /** What the page makes of the server's answer to a request for a room token. */
    shortened(body: unknown): Promise<unknown>;
    /** Its connections to the server, the newest last. */
    webSockets: WebSocket[];
  }
}

/** A page whose first room token, from its next loading on, lasts some seconds only; every later one is the server's. */
export class ShortLivedToken {
  /** How many tokens the page has got since. */
  count = 0;
  /** Unix ms at which page and server agree that it has run out: the page counts from when it came. */
  expiresAtMs = Infinity;
  readonly #person: Person;

  static async give(person: Person, server: ParleyServer, seconds: number): Promise<ShortLivedToken> {
    const given = new ShortLivedToken(person);
    const key = secrets.parse(JSON.parse(readFileSync(join(server.dataDir, 'secrets.json'), 'utf8'))).roomTokenKey;
    await person.page.exposeFunction('shortened', (body: unknown) => {
      const read = answer.safeParse(body);
      if (!read.success) return body;
      given.count += 1;
      if (given.count > 1) return body;
      const exp = Math.floor(Date.now() / 1000) + seconds;
      given.expiresAtMs = (exp + 2) * 1000;
      const claims = z.looseObject({}).parse(jwt.decode(read.data.token));
      return { ...read.data, token: jwt.sign({ ...claims, exp }, key), expiresInSeconds: seconds };
    });
    await person.page.evaluateOnNewDocument(instrument);
    await person.page.reload();
    return given;
  }

  private constructor(person: Person) {
    this.#person = person;
  }

  /** The device wakes up: all connections are gone. */
  async wake(): Promise<void> {
    await this.#person.page.evaluate(() => {
      for (const webSocket of window.webSockets) webSocket.close();
    });
  }
}

/** Runs in the page, so it may use nothing from outside. */
function instrument(): void {
  const ask = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const response = await ask(input, init);
    if (input !== '/auth/token' || !response.ok) return response;
    return Response.json(await window.shortened(await response.json()));
  };
  const webSockets: WebSocket[] = [];
  window.webSockets = webSockets;
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      webSockets.push(this);
    }
  };
}
