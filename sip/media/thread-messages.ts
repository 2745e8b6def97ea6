import type { LegMedia } from './leg/leg-media.ts';
import type { LegOptions } from './leg/leg.ts';
import type { PortRange } from './leg/port-pair.ts';
import type { SilenceEvent } from './leg/silence-watch.ts';
import type { MediaFigures } from './media-figures.ts';
import type { RoomMedia } from './mixer/room.ts';

// What the main thread and the one that carries the sound tell each other. Nothing is sent for a packet or a frame.

/** What the thread is made with. */
export interface MediaThreadOptions {
  /** Address that phones' sockets bind. */
  readonly address: string;
  readonly ports: PortRange;
  /** Address that rooms' sockets bind; the sfu sends there. */
  readonly roomAddress: string;
  readonly silenceWarnMs: number;
  readonly silenceEndMs: number;
  /** RFC 3550 §6.5.1. */
  readonly cname: string;
}

export type ToMediaThread =
  /** Answered by `opened` or `refused` with the same id. */
  | { readonly kind: 'openLeg'; readonly id: number; readonly options: Omit<LegOptions, 'silence'> }
  /** Before the first `setMedia`. */
  | { readonly kind: 'configure'; readonly leg: number; readonly options: Omit<LegOptions, 'silence'> }
  | { readonly kind: 'openRoom'; readonly id: number }
  | { readonly kind: 'setMedia'; readonly leg: number; readonly media: LegMedia }
  | { readonly kind: 'play'; readonly leg: number; readonly promptId: number; readonly samples: Int16Array }
  | { readonly kind: 'stopPlay' | 'closeLeg'; readonly leg: number }
  | { readonly kind: 'setRoomGain'; readonly leg: number; readonly gain: number }
  | { readonly kind: 'add' | 'remove'; readonly room: number; readonly leg: number }
  | {
      readonly kind: 'setUplink';
      readonly room: number;
      readonly leg: number;
      readonly ssrc: number;
      readonly media: RoomMedia | undefined;
    }
  | { readonly kind: 'setMuted'; readonly room: number; readonly leg: number; readonly isMuted: boolean }
  | { readonly kind: 'setSources'; readonly room: number; readonly ssrcs: readonly number[] }
  | { readonly kind: 'closeRoom'; readonly room: number }
  | { readonly kind: 'stop' };

export type FromMediaThread =
  | { readonly kind: 'opened'; readonly id: number; readonly port: number }
  | { readonly kind: 'refused'; readonly id: number; readonly reason: string }
  | { readonly kind: 'digit'; readonly leg: number; readonly digit: string }
  | { readonly kind: 'silent'; readonly leg: number; readonly event: SilenceEvent }
  | { readonly kind: 'heard' | 'flooded'; readonly leg: number }
  | {
      readonly kind: 'finished';
      readonly leg: number;
      readonly promptId: number;
      readonly outcome: 'ended' | 'stopped';
    }
  | { readonly kind: 'figures'; readonly figures: MediaFigures }
  | { readonly kind: 'bug'; readonly error: unknown };
