/** Who speaks this long with a raised hand has got the floor: the hand goes down by itself (design §4, Hand). */
const SPEECH_MS = 5000;

export class HandLowering {
  private speakingSinceMs: number | undefined;

  /** True once, when the hand should go down. */
  shouldLower(isRaised: boolean, isSpeaking: boolean, nowMs: number): boolean {
    if (!isRaised || !isSpeaking) {
      this.speakingSinceMs = undefined;
      return false;
    }
    this.speakingSinceMs ??= nowMs;
    if (nowMs - this.speakingSinceMs < SPEECH_MS) return false;
    this.speakingSinceMs = undefined;
    return true;
  }
}
