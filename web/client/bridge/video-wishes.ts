import type { ReceiverVideoConstraints } from '#protocol/bridge/channel-message.ts';
import type { VideoWishes } from '../meeting-types.ts';

/** Before the page has said anything: small pictures of everyone, which is what a first layout needs. */
export const INITIAL_WISHES: VideoWishes = { heights: {}, onStage: [], defaultHeight: 180, lastN: -1 };

/** Wire note §6.2: present fields replace, so all are always present. */
export function constraintsOf(wishes: VideoWishes): ReceiverVideoConstraints {
  return {
    colibriClass: 'ReceiverVideoConstraints',
    lastN: wishes.lastN,
    onStageSources: [...wishes.onStage],
    selectedSources: [],
    defaultConstraints: { maxHeight: Math.round(wishes.defaultHeight) },
    constraints: Object.fromEntries(
      Object.entries(wishes.heights).map(([name, height]) => [name, { maxHeight: Math.round(height) }]),
    ),
  };
}
