import type { ReceiverAudioSubscription } from '#protocol/bridge/channel-message.ts';

/** Which other endpoints' sound a receiver is sent; what it said last counts alone. */
export interface AudioSubscription {
  /** Those of `except` the other way round. */
  readonly isEverythingElseWanted: boolean;
  /** Source names. */
  readonly except: ReadonlySet<string>;
}

export const ALL_AUDIO: AudioSubscription = { isEverythingElseWanted: true, except: new Set() };
export const NO_AUDIO: AudioSubscription = { isEverythingElseWanted: false, except: new Set() };

/** Reads both forms of the message (wire note §6.2). */
export function audioSubscription(message: ReceiverAudioSubscription): AudioSubscription {
  const { mode, list = [], all = false, include = [], exclude = [] } = message;
  switch (mode) {
    case 'All':
      return ALL_AUDIO;
    case 'None':
      return NO_AUDIO;
    case 'Include':
      return { isEverythingElseWanted: false, except: new Set(list) };
    case 'Exclude':
      return { isEverythingElseWanted: true, except: new Set(list) };
    case undefined:
      return { isEverythingElseWanted: all, except: new Set(all ? exclude : include) };
  }
}

export function isWanted({ isEverythingElseWanted, except }: AudioSubscription, sourceName: string): boolean {
  return except.has(sourceName) !== isEverythingElseWanted;
}
