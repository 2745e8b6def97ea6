/** Why the gateway ends a call by itself, and what it says in the `Reason` header of its BYE (RFC 3326). */
const REASONS = {
  'no-input': { cause: 408, text: 'No meeting number was entered' },
  'wrong-pin': { cause: 403, text: 'Wrong meeting number' },
  'wrong-password': { cause: 403, text: 'Wrong meeting password' },
  'too-long': { cause: 408, text: 'No meeting was reached in time' },
  'not-live': { cause: 480, text: 'The meeting did not begin' },
  'not-admitted': { cause: 403, text: 'Not let into the meeting' },
  'room-full': { cause: 486, text: 'The meeting is full' },
  encrypted: { cause: 488, text: 'The meeting is end-to-end encrypted' },
  'room-ended': { cause: 200, text: 'The meeting has ended' },
  kicked: { cause: 403, text: 'Removed from the meeting' },
  'only-phones': { cause: 200, text: 'Only phones were left in the meeting' },
  unreachable: { cause: 503, text: 'The meeting cannot be reached' },
} as const satisfies Record<string, { readonly cause: number; readonly text: string }>;

export type HangUpReason = keyof typeof REASONS;

/** Value of the `Reason` header: `SIP ;cause=403 ;text="Wrong meeting number"`. */
export function reasonHeader(reason: HangUpReason): string {
  const { cause, text } = REASONS[reason];
  return `SIP ;cause=${cause} ;text="${text}"`;
}
