import { effect } from '@preact/signals';
import type { MeetingState, VideoWishes } from '../../client/meeting-types.ts';
import { settings, type VideoQuality } from '../storage/settings.ts';
import { cameraOf, sharedScreens } from './people.ts';
import type { Session } from './session.ts';

/** Most pixels a camera is asked for while data is saved. A screen must stay readable. */
const SAVER_HEIGHT = 180;

/** What to ask of the bridge for the tiles in sight: nobody sends or encodes what nobody looks at (design §10). */
export function wishesFor(state: MeetingState, shown: ReadonlyMap<string, number>, quality: VideoQuality): VideoWishes {
  if (quality === 'sound-only') return { heights: {}, onStage: [], defaultHeight: 0, lastN: 0 };
  const sources = new Map(sharedScreens(state).map((screen) => [screen.id, screen.source.name]));
  for (const person of state.participants) {
    const camera = cameraOf(person);
    if (camera) sources.set(person.id, camera.name);
  }
  const heights: Record<string, number> = {};
  let stage: { readonly source: string; readonly height: number } | undefined;
  for (const [tile, height] of shown) {
    const source = sources.get(tile);
    if (source === undefined) continue;
    const isScreen = source === tile;
    heights[source] = quality === 'saver' && !isScreen ? Math.min(height, SAVER_HEIGHT) : height;
    if (!stage || height > stage.height) stage = { source, height };
  }
  const others = [...shown].filter(([tile]) => sources.get(tile) !== stage?.source);
  const isOnStage = stage !== undefined && others.every(([, height]) => height * 2 <= (stage?.height ?? 0));
  return { heights, onStage: stage && isOnStage ? [stage.source] : [], defaultHeight: 0, lastN: -1 };
}

/** Tells the bridge whenever what is seen, or how it should look, changes. */
export function followWishes(session: Session): () => void {
  let last = '';
  return effect(() => {
    const quality = session.isOutOfSight.value ? 'sound-only' : settings.value.quality;
    const wishes = wishesFor(session.state.value, session.shown.value, quality);
    const key = JSON.stringify(wishes);
    if (key === last) return;
    last = key;
    session.meeting.setVideoWishes(wishes);
  });
}
