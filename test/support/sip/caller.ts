import { expect } from 'vitest';
import type { Logger } from '#runtime/logger.ts';
import { newEndpointId } from '../../../sip/room/endpoint-id.ts';
import type { RoomMedia, RoomSource } from '../../../sip/room/bridge-session.ts';
import type { RoomConnection } from '../../../sip/room/room-connection.ts';
import { RoomSession, type JoinOptions, type RoomSessionEvents } from '../../../sip/room/room-session.ts';
import { until } from '../wait.ts';

/** A caller in a room with what its session has said so far. */
export class Caller {
  readonly session: RoomSession;
  /** Names of all events, in order. */
  readonly events: string[] = [];
  media: RoomMedia | undefined;
  sources: ReadonlyMap<number, RoomSource> = new Map();
  ended: string | undefined;

  constructor(session: RoomSession) {
    this.session = session;
    for (const name of ['admitted', 'muted', 'unmuteAllowed', 'reconnecting', 'reconnected', 'hangUp'] as const) {
      session.on(name, () => void this.events.push(name));
    }
    session.on('media', (media) => (this.media = media));
    session.on('mediaEnded', () => (this.media = undefined));
    session.on('sources', (sources) => (this.sources = sources));
    session.on('ended', (reason) => {
      this.ended = reason;
      this.events.push('ended');
    });
  }

  /** @throws unless the room, or its lobby, takes the caller. */
  static async join(
    connection: RoomConnection,
    options: Partial<JoinOptions> & Pick<JoinOptions, 'room'>,
  ): Promise<Caller> {
    const result = await RoomSession.join(connection, callerOptions(options), new AbortController().signal);
    if (result.kind === 'refused') throw new Error(`refused: ${result.reason}`);
    return new Caller(result.session);
  }

  async hasMedia(): Promise<RoomMedia> {
    return until(() => this.media, 'the bridge to take the caller’s media');
  }

  /** Waits for an event that has not been waited for before. */
  async experiences(name: keyof RoomSessionEvents): Promise<void> {
    await until(
      () => this.events.includes(name),
      () => `${name}; so far: ${this.events.join(', ')}`,
    );
    this.events.splice(this.events.indexOf(name), 1);
  }
}

let nextSsrc = 3_000_000_000;

/** What a caller joins with where a test says nothing else; nothing listens at its media address. */
export function callerOptions(options: Partial<JoinOptions> & Pick<JoinOptions, 'room'>): JoinOptions {
  nextSsrc += 1;
  return {
    endpointId: newEndpointId(),
    displayName: '+49 30 ***12',
    media: { address: '127.0.0.1', port: 9 },
    uplink: { codec: 'PCMU', ssrc: nextSsrc },
    isReceiving: true,
    ...options,
  };
}

/** The gateway's way to a server of a test. */
export function gatewayOf(origin: string, domain: string, password: string, logger: Logger): RoomConnection {
  expect(new URL(origin).protocol).toBe('ws:');
  return { url: `${origin}/xmpp-websocket`, domain, password, logger };
}
