import { REACTION_KINDS, type CallReaction, type MeetingState, type ReactionKind } from '../../client/meeting-types.ts';
import { formatList } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

/** As Jitsi's clients show them, so that all see the same. */
const EMOJI: Readonly<Record<ReactionKind, string>> = {
  like: '👍',
  clap: '👏',
  laugh: '😀',
  surprised: '😮',
  boo: '🙁',
  silence: '😶',
  love: '💖',
};
/** Places side by side, so that what comes at once does not cover one another; in hundredths of the stage. */
const LANES = [8, 26, 44, 17, 35, 53];
/** Names beyond this are only counted. */
const MAX_NAMES = 3;

export function ReactTool({ session }: { session: Session }) {
  return (
    <MenuButton
      label={t('tool.react')}
      className="tool"
      entries={() => [reactionRow(session)]}
      tip={t('tool.react')}
      isTool
    >
      <Icon name="smile" />
      <span class="tool-label">{t('tool.react')}</span>
    </MenuButton>
  );
}

/** All reactions side by side. */
export function reactionRow({ meeting }: Session): MenuEntry {
  return {
    kind: 'row',
    label: t('tool.react'),
    items: REACTION_KINDS.map((kind) => ({
      label: t(`reaction.${kind}`),
      text: EMOJI[kind],
      onSelect: () => meeting.reactions.send(kind),
    })),
  };
}

/** What rises over the stage; it is spoken by the announcer instead of being read here. */
export function FloatingReactions({ session }: { session: Session }) {
  const { reactions, self, participants } = session.state.value;
  const names = new Map(participants.map(({ id, displayName }) => [id, nameOf(displayName)]));
  return (
    <div class="floating-reactions" aria-hidden="true">
      {reactions.map(({ id, kind, from }) => (
        <span key={id} class="floating-reaction" style={{ '--lane': `${laneOf(id)}%` }}>
          <span>{EMOJI[kind]}</span>
          <bdi class="cut">{from === self.id ? t('tile.you') : names.get(from)}</bdi>
        </span>
      ))}
    </div>
  );
}

/** Ids are random, so the place is too, and stays. */
function laneOf(id: string): number {
  return LANES[Number.parseInt(id.slice(0, 8), 16) % LANES.length] ?? 0;
}

/** One sentence for each kind of reaction that others have had within a moment. */
export function reactionSentences(reactions: readonly CallReaction[], state: MeetingState): string[] {
  const byKind = Map.groupBy(reactions, ({ kind }) => kind);
  return [...byKind].map(([kind, ofKind]) => {
    const ids = new Set(ofKind.map(({ from }) => from));
    const names = state.participants.flatMap(({ id, displayName }) => (ids.has(id) ? [nameOf(displayName)] : []));
    const reaction = t(`reaction.${kind}`);
    return ids.size > MAX_NAMES
      ? t('announce.reactions-many', { reaction, count: ids.size })
      : t('announce.reactions', { reaction, names: formatList(names) });
  });
}
