import type { ReadonlySignal } from '@preact/signals';
import type { MeetingState } from '../../client/meeting-types.ts';
import type { LocalMedia } from '../devices/local-media.ts';
import type { ConfigParams } from '../link/url-params.ts';
import type { Session } from '../meeting/session.ts';

/** One attempt to be in a room, as the page that embeds us can follow and steer it. */
export interface EmbeddedAttempt {
  readonly roomName: string;
  /** Bare JID of the main room; undefined until there is a client. */
  readonly roomJid: string | undefined;
  readonly media: LocalMedia;
  /** The pre-join page comes first. */
  readonly hasPrejoin: boolean;
  /** Undefined until there is a client. Says that the meeting has ended only after the devices are released. */
  readonly state: ReadonlySignal<MeetingState | undefined>;
  /** What is open on the screen; from joining on. */
  readonly session: ReadonlySignal<Session | undefined>;
  /** Name that the link or the embedding page gave. */
  readonly givenName: ReadonlySignal<string | undefined>;
  rename(name: string): void;
  /** Shows others a picture, where the server permits its source. */
  setPicture(url: string | undefined): void;
  join(displayName?: string, password?: string): Promise<void>;
  leave(): void;
  overwriteConfig(config: ConfigParams): void;
}
