import { signal } from '@preact/signals';
import type { MeetingOptions } from '../../client/meeting-types.ts';

/** The account somebody has logged in with where only members enter. In memory alone: a password is not stored. */
export const account = signal<MeetingOptions['login']>(undefined);
