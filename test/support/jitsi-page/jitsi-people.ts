import { afterAll, afterEach, beforeAll } from 'vitest';
import type { BrowserName } from '../browsers.ts';
import type { Scene } from '../scene.ts';
import { JitsiPage, type JitsiPerson } from './jitsi-person.ts';

export interface JitsiPersonOptions {
  readonly browser?: BrowserName;
  readonly password?: string;
  readonly token?: string;
  /** As our /config.js has it unless it is switched off. Default: not. */
  readonly peerToPeer?: boolean;
}

/** People with Jitsi's own client in the rooms of a scene; they go after each test. */
export class JitsiPeople {
  readonly #scene: Scene;
  readonly #people: JitsiPerson[] = [];
  #page: JitsiPage | undefined;

  /** Registers the hooks that start and end everything. */
  static use(scene: Scene): JitsiPeople {
    const people = new JitsiPeople(scene);
    beforeAll(async () => {
      people.#page = await JitsiPage.serve();
    });
    afterEach(async () => {
      await Promise.all(people.#people.splice(0).map((person) => person.close()));
    });
    afterAll(() => people.#page?.close());
    return people;
  }

  private constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Joins the room behind a link of ours. */
  async join(name: string, link: string, options: JitsiPersonOptions = {}): Promise<JitsiPerson> {
    const { browser = 'chromium', ...rest } = options;
    if (this.#page === undefined) throw new Error('the foreign page is not served yet');
    const [room = '', tenant] = new URL(link).pathname.slice(1).split('/').toReversed();
    const target = { server: this.#scene.server.url, room, ...(tenant !== undefined && { tenant }), ...rest };
    const person = await this.#page.join(this.#scene.browser(browser), name, target);
    this.#people.push(person);
    return person;
  }
}
