import { signal } from '@preact/signals';
import type { Vouched, Voucher } from '../ui/embed/embedder.ts';
import type { MessageKey } from '../ui/i18n/messages.ts';
import { log } from '../client/log.ts';
import type { MatrixClient } from './matrix-client.ts';
import { requestSession } from './session-request.ts';
import type { WidgetParams } from './template-params.ts';

interface Place extends WidgetParams {
  readonly roomId: string;
  readonly room: NonNullable<WidgetParams['room']>;
}

/** The Matrix client vouches, and by it the homeserver, if the person lets it. */
export class MatrixVoucher implements Voucher {
  readonly isGuest = signal(false);
  readonly notice = signal<MessageKey | undefined>(undefined);
  readonly #client: MatrixClient;
  readonly #place: Place;
  /** Of our server: gets one in again for hours, where the homeserver's counts once. */
  #token: string | undefined;

  constructor(client: MatrixClient, place: Place) {
    this.#client = client;
    this.#place = place;
  }

  async vouch(): Promise<Vouched> {
    if (this.isGuest.peek()) return { kind: 'guest' };
    if (this.#token !== undefined) return { kind: 'token', token: this.#token };
    const { state, access_token: accessToken, matrix_server_name: serverName } = await this.#ask();
    if (state !== 'allowed' || typeof accessToken !== 'string' || typeof serverName !== 'string') {
      this.isGuest.value = true;
      this.notice.value = 'widget.blocked';
      return { kind: 'asks-again' };
    }
    const { roomId, room, displayName, avatarUrl } = this.#place;
    const who = { accessToken, serverName, displayName, avatarUrl };
    const answer = await requestSession({ ...who, roomId, conference: room.node });
    if ('refusal' in answer) return { kind: 'refused', reason: answer.refusal };
    this.#token = answer.token;
    return { kind: 'token', token: answer.token };
  }

  tokenRefused(): void {
    this.#token = undefined;
  }

  async #ask(): ReturnType<MatrixClient['openId']> {
    try {
      return await this.#client.openId();
    } catch (error) {
      log.warn('the Matrix client does not say who this is', { reason: String(error) });
      return {};
    }
  }
}

/** In a window of its own, or in a client that gives no room, nobody can say who one is. */
export const NOBODY: Voucher = {
  isGuest: signal(true),
  notice: signal<MessageKey | undefined>('widget.popped-out'),
  vouch: () => Promise.resolve({ kind: 'guest' }),
  tokenRefused: () => undefined,
};
