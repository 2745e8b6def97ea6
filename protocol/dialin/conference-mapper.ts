/** What `conferenceMapper` answers (sip-and-recording.md §5.3). */
export interface ConferenceMapping {
  readonly message: string;
  /** The PIN: a number in JSON, so of at most 15 digits and without 0 at the beginning. */
  readonly id: number;
  /** Bare address of the room; false where the id leads nowhere. */
  readonly conference: string | false;
}

const PIN = /^[1-9]\d{2,14}$/;

/** The PIN in an answer; undefined where there is none, whatever it is. */
export function readPin(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('id' in answer)) return undefined;
  if ('conference' in answer && answer.conference === false) return undefined;
  const { id } = answer;
  const text = typeof id === 'number' || typeof id === 'string' ? String(id) : '';
  return PIN.test(text) ? text : undefined;
}

/** A PIN in groups that one can read out: `123 456 7890`. */
export function pinText(pin: string): string {
  const [, first = '', second = '', rest = ''] = /^(\d{3})(\d{3})(\d{3,4})$/.exec(pin) ?? [];
  return first === '' ? pin : `${first} ${second} ${rest}`;
}
