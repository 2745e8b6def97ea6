/**
 * Changes a frame's level in place, from one gain to another without a step: whoever begins or ends in the middle of a
 * sound would otherwise be heard as a click.
 */
export function applyGain(frame: Int16Array, from: number, to: number): void {
  if (from === 1 && to === 1) return;
  const step = (to - from) / frame.length;
  for (let index = 0; index < frame.length; index += 1) {
    const value = Math.round((frame[index] ?? 0) * (from + step * (index + 1)));
    frame[index] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
  }
}
