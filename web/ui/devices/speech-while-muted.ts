/** Voice this long while muted earns a notice (design §4, Muted), at most one a minute. */
const VOICE_MS = 700;
const REST_MS = 60_000;
const VOICE_LEVEL = 0.45;
/** Pauses between syllables do not end speech. */
const PAUSE_MS = 300;

export interface MutedSpeech {
  readonly sinceMs: number | undefined;
  readonly lastVoiceMs: number;
  readonly lastNoticeMs: number;
}

export const silentWhileMuted: MutedSpeech = {
  sinceMs: undefined,
  lastVoiceMs: Number.NEGATIVE_INFINITY,
  lastNoticeMs: Number.NEGATIVE_INFINITY,
};

/** Feeds one level (0 … 1) measured while muted; `shouldNotify` is true once when the person speaks unheard. */
export function hearWhileMuted(
  state: MutedSpeech,
  level: number,
  nowMs: number,
): { readonly state: MutedSpeech; readonly shouldNotify: boolean } {
  const isVoice = level >= VOICE_LEVEL;
  if (!isVoice && nowMs - state.lastVoiceMs > PAUSE_MS) {
    return { state: { ...state, sinceMs: undefined }, shouldNotify: false };
  }
  const sinceMs = state.sinceMs ?? nowMs;
  const lastVoiceMs = isVoice ? nowMs : state.lastVoiceMs;
  const shouldNotify = nowMs - sinceMs >= VOICE_MS && nowMs - state.lastNoticeMs >= REST_MS;
  return {
    state: { sinceMs, lastVoiceMs, lastNoticeMs: shouldNotify ? nowMs : state.lastNoticeMs },
    shouldNotify,
  };
}
