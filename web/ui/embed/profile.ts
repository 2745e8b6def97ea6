import { signal } from '@preact/signals';

/**
 * What the embedding page says about this person besides the name. It is told back to that page, which shows it in its own
 * lists, and to nobody else: an address from Matrix is no mail address, and a picture from elsewhere would tell its host
 * who is in the meeting.
 */
export class Profile {
  readonly email = signal<string | undefined>(undefined);
  readonly avatarUrl = signal<string | undefined>(undefined);
}
