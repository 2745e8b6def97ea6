import type { HangUpReason } from './hang-up-reason.ts';
import type { Sound } from './sound.ts';

/** What the machines of a call want done; the call's coordinator does it, in this order. */
export type IvrOutput =
  /** One after the other, behind what is playing. Answered by `played` once nothing plays any more. */
  | { readonly kind: 'play'; readonly sounds: readonly Sound[] }
  /** The caller pressed a key: what plays ends, what waits is dropped, and no `played` follows. */
  | { readonly kind: 'stopPlay' }
  /** Answered by `pinResolved`. */
  | { readonly kind: 'resolvePin'; readonly pin: string }
  /** Answered by `joined`, `lobby` or `refused`. */
  | { readonly kind: 'join'; readonly room: string; readonly password: string | undefined }
  | { readonly kind: 'leave' }
  /** Once everything that waits has been played. */
  | { readonly kind: 'hangUp'; readonly reason: HangUpReason }
  | { readonly kind: 'setMuted'; readonly isMuted: boolean }
  | { readonly kind: 'setHand'; readonly isRaised: boolean }
  /** Of a host; both are answered by `hostAnswered`. */
  | { readonly kind: 'muteOthers' }
  | { readonly kind: 'toggleLock' }
  | { readonly kind: 'changeVolume'; readonly byDb: number };

/** What a machine's step comes to. */
export interface IvrStep<State> {
  readonly state: State;
  readonly outputs: readonly IvrOutput[];
  /** When to step with `time`, unless a step before says another moment; undefined: not at all. */
  readonly wakeAtMs: number | undefined;
}

export function play(...sounds: readonly Sound[]): IvrOutput {
  return { kind: 'play', sounds };
}
