import { xml } from '#protocol/xmpp/element.ts';
import type { Connection } from '#protocol/xmpp-client/connection.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import type { Credentials } from '#protocol/xmpp-client/scram-login.ts';
import { log } from '../log.ts';
import type { HostControl, HostLogin, HostLoginStore, LoginProblem } from '../meeting-types.ts';
import { logoutElement } from '../room/focus-requests.ts';
import { logIn, type LoginPlace } from './log-in.ts';

export interface HostDoorPorts {
  readonly connection: Connection;
  readonly place: LoginPlace;
  /** Address of the focus. */
  readonly focus: string;
  readonly store: HostLoginStore | undefined;
  readonly isWaiting: () => boolean;
  /** Asks for the meeting again, at once. */
  readonly enter: () => void;
  readonly stopWaiting: () => void;
}

/** Where guests wait for a host: being the host, by name and password (wire note §3.3). */
export class HostDoor implements HostControl {
  readonly #ports: HostDoorPorts;
  /** Where nothing is kept it holds for this meeting. */
  #login: HostLogin | undefined;

  constructor(ports: HostDoorPorts) {
    this.#ports = ports;
    this.#login = ports.store?.read();
  }

  /** What the guest's connection shows instead of a password. */
  get sessionId(): string | undefined {
    return this.#login?.sessionId;
  }

  async logIn(credentials: Credentials): Promise<LoginProblem | undefined> {
    const opensMeeting = this.#ports.isWaiting();
    const outcome = await logIn(this.#ports.place, credentials, opensMeeting);
    if (!outcome.isIn) return outcome.problem;
    if (outcome.login !== undefined) this.#keep(outcome.login);
    if (this.#ports.isWaiting()) this.#ports.enter();
    return undefined;
  }

  logOut(): void {
    const { connection, focus } = this.#ports;
    const { sessionId } = this;
    this.#keep(undefined);
    if (sessionId === undefined) return;
    connection.request(xml('iq', { type: 'set', to: focus }, logoutElement(sessionId))).catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
      log.warn('the server was not told of the log-out, it forgets by itself', error.code);
    });
  }

  stopWaiting(): void {
    if (this.#ports.isWaiting()) this.#ports.stopWaiting();
  }

  /** The server does not know the log-in any more. */
  forget(): void {
    this.#keep(undefined);
  }

  #keep(login: HostLogin | undefined): void {
    this.#login = login;
    this.#ports.store?.write(login);
  }
}
