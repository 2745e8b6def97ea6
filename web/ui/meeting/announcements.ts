import type { MeetingState } from '../../client/meeting-types.ts';
import { formatList } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { callStatus } from '../phone/call-status.ts';
import type { Urgency } from '../parts/announcer.ts';
import { lobbySentences } from './lobby-news.ts';
import { nameOf, sharedScreens } from './people.ts';

export interface Sentence {
  readonly text: string;
  readonly urgency: Urgency;
}

/** Names beyond this are only counted. */
const MAX_NAMES = 5;

/** One sentence for everybody who came or went within a few seconds (design §6, Announcements). */
export function presenceSentence(kind: 'joined' | 'left', names: readonly string[]): string {
  if (names.length > MAX_NAMES) return t(`announce.${kind}-many`, { count: names.length });
  return t(`announce.${kind}`, { names: formatList(names), count: names.length });
}

/** What to speak of a change, except who came and went, which waits to be joined together. */
export function sentencesOf(before: MeetingState, after: MeetingState): Sentence[] {
  return [
    ...hands(before, after),
    ...screens(before, after),
    ...messages(before, after),
    ...reactionsToOwn(before, after),
    ...calls(before, after),
    ...lobbySentences(before, after),
    ...troubles(before, after),
  ];
}

export function arrivals(before: MeetingState, after: MeetingState): { joined: string[]; left: string[] } {
  const missing = (from: MeetingState, within: MeetingState) => {
    const known = new Set(within.participants.map((person) => person.id));
    return from.participants.filter((person) => !known.has(person.id)).map((person) => nameOf(person.displayName));
  };
  return { joined: missing(after, before), left: missing(before, after) };
}

function hands(before: MeetingState, after: MeetingState): Sentence[] {
  if (before.participants === after.participants) return [];
  const raisedBefore = new Set(before.participants.flatMap((person) => (person.handRaisedAtMs ? [person.id] : [])));
  return after.participants
    .filter((person) => person.handRaisedAtMs !== undefined && !raisedBefore.has(person.id))
    .map((person) => polite(t('announce.hand', { name: nameOf(person.displayName) })));
}

function screens(before: MeetingState, after: MeetingState): Sentence[] {
  if (before.participants === after.participants) return [];
  const known = new Set(sharedScreens(before).map((screen) => screen.id));
  return sharedScreens(after)
    .filter((screen) => !known.has(screen.id))
    .map((screen) => polite(t('announce.share', { name: nameOf(screen.owner.displayName) })));
}

/** How far the calls of telephones are. */
function calls(before: MeetingState, after: MeetingState): Sentence[] {
  if (before.participants === after.participants) return [];
  const earlier = new Map(before.participants.map((person) => [person.id, callStatus(person)]));
  return after.participants.flatMap((person) => {
    const status = callStatus(person);
    if (status === undefined || status === earlier.get(person.id)) return [];
    return [polite(t('announce.call', { name: nameOf(person.displayName), status }))];
  });
}

function messages(before: MeetingState, after: MeetingState): Sentence[] {
  if (before.chat === after.chat) return [];
  const known = new Set(before.chat.map((entry) => entry.id));
  return after.chat.flatMap((entry) => {
    if (entry.type !== 'message' || entry.isOwn || known.has(entry.id)) return [];
    const key = entry.privateWith ? 'announce.private-message' : 'announce.message';
    return [polite(t(key, { name: nameOf(entry.fromName), text: entry.text }))];
  });
}

/** What others think of what one wrote. */
function reactionsToOwn(before: MeetingState, after: MeetingState): Sentence[] {
  if (before.chat === after.chat) return [];
  const earlier = new Map(before.chat.map((entry) => [entry.id, entry]));
  return after.chat.flatMap((entry) => {
    const known = earlier.get(entry.id);
    if (entry.type !== 'message' || !entry.isOwn || known?.type !== 'message' || known === entry) return [];
    return entry.reactions.flatMap(({ emoji, by }) => {
      const people = known.reactions.find((one) => one.emoji === emoji)?.by ?? [];
      const fresh = by.filter(({ id }) => id !== after.self.id && people.every((person) => person.id !== id));
      return fresh.map(({ name }) => polite(t('announce.reaction', { name: nameOf(name), emoji })));
    });
  });
}

function troubles(before: MeetingState, after: MeetingState): Sentence[] {
  if (before.troubles === after.troubles) return [];
  const has = (state: MeetingState, code: string) => state.troubles.some((trouble) => trouble.code === code);
  const came = (code: string) => has(after, code) && !has(before, code);
  const went = (code: string) => has(before, code) && !has(after, code);
  const sentences: Sentence[] = [];
  if (came('media-failed')) sentences.push({ text: t('banner.media-failed'), urgency: 'assertive' });
  if (went('signalling-lost') || went('media-failed')) sentences.push(polite(t('banner.back')));
  return sentences;
}

function polite(text: string): Sentence {
  return { text, urgency: 'polite' };
}
