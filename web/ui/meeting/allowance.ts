import type { MeetingState, MuteKind, Participant } from '../../client/meeting-types.ts';
import { MEDIA_KINDS, needsAllowance } from '../../client/moderation/reservations.ts';
import { t } from '../i18n/messages.ts';
import type { MenuEntry } from '../parts/menu-button.tsx';
import type { Session } from './session.ts';

/** What people are told of microphones, cameras and screens that moderators have reserved, and what moderators do then. */

/** What one is told who would send that kind; undefined: nothing stands in the way. */
export function allowanceNeeded(session: Session, kind: MuteKind): string | undefined {
  return needsAllowance(session.state.value, kind) ? t('allow.needed') : undefined;
}

/** Explains how to ask, where that kind is reserved. @returns whether it is */
export function explainAllowance(session: Session, kind: MuteKind): boolean {
  const state = session.state.peek();
  if (!needsAllowance(state, kind)) return false;
  session.toasts.show(
    state.self.handRaisedAtMs === undefined ? t(`allow.ask-${kind}`) : t('allow.asked'),
    state.self.handRaisedAtMs === undefined ? raiseHand(session) : undefined,
  );
  return true;
}

function raiseHand(session: Session) {
  return { label: t('tool.hand'), run: () => session.meeting.setHandRaised(true) };
}

/** Tells a person what it must now be allowed, what it was allowed, and what is free again. */
export function noteAllowances(session: Session, before: MeetingState, after: MeetingState): void {
  if (before.reservations === after.reservations || after.phase.name !== 'joined') return;
  for (const kind of MEDIA_KINDS) {
    const isNeeded = needsAllowance(after, kind);
    if (isNeeded === needsAllowance(before, kind)) continue;
    if (isNeeded) {
      const wasAllowed = before.reservations.kinds.includes(kind);
      session.toasts.show(t(wasAllowed ? `allow.taken-${kind}` : `allow.reserved-${kind}`), raiseHand(session));
    } else if (after.reservations.kinds.includes(kind)) {
      session.toasts.show(t(`allow.given-${kind}`), start(session, kind));
    } else {
      session.toasts.show(t(`allow.free-${kind}`));
    }
  }
}

function start(session: Session, kind: MuteKind) {
  switch (kind) {
    case 'audio':
      return { label: t('muted.unmute'), run: () => void session.setMicrophone(true) };
    case 'video':
      return { label: t('muted.camera-on'), run: () => void session.setCamera(true) };
    case 'desktop':
      return { label: t('tool.share'), run: () => void session.shareScreen() };
  }
}

/** The kinds that somebody would have to be allowed; none for moderators. */
export function lackingKinds({ reservations }: MeetingState, person: Participant): readonly MuteKind[] {
  if (person.isModerator) return [];
  return reservations.kinds.filter((kind) => reservations.allowed[kind]?.includes(person.id) !== true);
}

/** Who asks with a raised hand and was allowed nothing yet, first raised first; for moderators. */
export function whoAsks(state: MeetingState): readonly Participant[] {
  const { reservations, self, participants } = state;
  if (!self.isModerator || reservations.kinds.length === 0) return [];
  return participants
    .filter((person) => person.handRaisedAtMs !== undefined)
    .filter((person) => !person.isModerator && lackingKinds(state, person).length === reservations.kinds.length)
    .toSorted((a, b) => (a.handRaisedAtMs ?? 0) - (b.handRaisedAtMs ?? 0));
}

export function allow(session: Session, person: Participant, kind: MuteKind, isAllowed = true): void {
  void session.tell(session.meeting.moderation.setAllowed(person.id, kind, isAllowed));
}

/** Allowing and taking back, in a person's menu. */
export function allowanceEntries(session: Session, person: Participant): readonly MenuEntry[] {
  const state = session.state.peek();
  if (!state.self.isModerator || person.isModerator) return [];
  const lacking = lackingKinds(state, person);
  return state.reservations.kinds.map((kind): MenuEntry => {
    const isLacking = lacking.includes(kind);
    return {
      kind: 'action',
      label: t(isLacking ? `allow.${kind}` : `allow.no-${kind}`),
      icon: ICONS[kind][isLacking ? 0 : 1],
      onSelect: () => allow(session, person, kind, isLacking),
    };
  });
}

const ICONS = {
  audio: ['mic', 'mic-off'],
  video: ['video', 'video-off'],
  desktop: ['screen-share', 'screen-share-off'],
} as const;
