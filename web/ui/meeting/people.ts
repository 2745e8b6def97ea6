import type { MeetingState, Participant, RemoteSource } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import { shownPicture } from '../identity/pictures.ts';
import { callStatus } from '../phone/call-status.ts';
import { qualityOf } from '../stage/quality.ts';
import type { TileModel } from '../stage/tile-model.ts';

/** The own tile's id; endpoint ids are hex, so it is nobody else's. */
export const SELF_TILE = 'self';

export interface SharedScreen {
  /** Tile id and source name. */
  readonly id: string;
  readonly owner: Participant;
  readonly source: RemoteSource;
}

export interface OwnPicture {
  readonly camera: MediaStreamTrack | undefined;
  readonly isMirrored: boolean;
}

/** A person's name, or words for somebody who gave none. */
export function nameOf(displayName: string): string {
  return displayName.trim() === '' ? t('person.unnamed') : displayName;
}

export function cameraOf(participant: Participant): RemoteSource | undefined {
  return participant.sources.find((source) => source.kind === 'video' && source.videoType !== 'desktop');
}

/** Screens that others share now, in the order in which they came. */
export function sharedScreens(state: MeetingState): readonly SharedScreen[] {
  return state.participants.flatMap((owner) =>
    owner.sources
      .filter((source) => source.kind === 'video' && source.videoType === 'desktop' && !source.isMuted)
      .map((source) => ({ id: source.name, owner, source })),
  );
}

/** Endpoint ids with a raised hand, first raised first, with their place from 1. */
export function handOrder(state: MeetingState): ReadonlyMap<string, number> {
  const raised = [{ id: state.self.id, handRaisedAtMs: state.self.handRaisedAtMs }, ...state.participants].flatMap(
    ({ id, handRaisedAtMs }) => (handRaisedAtMs === undefined ? [] : [{ id, handRaisedAtMs }]),
  );
  raised.sort((a, b) => a.handRaisedAtMs - b.handRaisedAtMs);
  return new Map(raised.map(({ id }, index) => [id, index + 1]));
}

/** All tiles of the meeting: oneself, everybody else, their screens. */
export function tileModels(state: MeetingState, own: OwnPicture, pinned: string | undefined): TileModel[] {
  const hands = handOrder(state);
  const isInterrupted = state.troubles.some((trouble) =>
    ['signalling-lost', 'media-failed', 'media-interrupted', 'bridge-moved'].includes(trouble.code),
  );
  return [
    selfTile(state, own, hands.get(state.self.id), pinned),
    ...state.participants.map((person) => personTile(person, hands.get(person.id), pinned, isInterrupted)),
    ...sharedScreens(state).map((screen) => screenTile(screen, pinned, isInterrupted)),
  ];
}

function selfTile(
  { self }: MeetingState,
  own: OwnPicture,
  hand: number | undefined,
  pinned: string | undefined,
): TileModel {
  const displayName = nameOf(self.displayName);
  const chip = self.displayName === '' ? t('tile.you') : t('tile.name-you', { name: displayName });
  return {
    id: SELF_TILE,
    kind: 'person',
    endpointId: self.id,
    displayName,
    chip,
    shortChip: t('tile.you'),
    matrixId: self.matrixId,
    label: label(chip, self.isMicrophoneMuted, own.camera === undefined, hand, pinned === SELF_TILE),
    isSelf: true,
    isMuted: self.isMicrophoneMuted,
    video: own.camera,
    isPaused: false,
    isMirrored: own.isMirrored,
    quality: qualityOf(self.quality),
    handOrder: hand,
    isPinned: pinned === SELF_TILE,
    isInterrupted: false,
    hasActions: false,
    picture: shownPicture(self.pictureUrl),
    isPhone: false,
    note: undefined,
  };
}

function personTile(
  person: Participant,
  hand: number | undefined,
  pinned: string | undefined,
  isInterrupted: boolean,
): TileModel {
  const displayName = nameOf(person.displayName);
  const camera = cameraOf(person);
  const hasCamera = camera !== undefined && !camera.isMuted && !person.isCameraMuted;
  return {
    id: person.id,
    kind: 'person',
    endpointId: person.id,
    displayName,
    chip: displayName,
    shortChip: displayName,
    matrixId: person.matrixId,
    label: person.phone
      ? phoneLabel(person, hand, pinned === person.id)
      : label(displayName, person.isMicrophoneMuted, !hasCamera, hand, pinned === person.id),
    isSelf: false,
    isMuted: person.isMicrophoneMuted,
    video: hasCamera ? camera.track : undefined,
    isPaused: hasCamera && !camera.isForwarded,
    isMirrored: false,
    quality: qualityOf(person.quality),
    handOrder: hand,
    isPinned: pinned === person.id,
    isInterrupted,
    hasActions: true,
    picture: shownPicture(person.pictureUrl),
    isPhone: person.phone !== undefined,
    note: callStatus(person),
  };
}

function screenTile(screen: SharedScreen, pinned: string | undefined, isInterrupted: boolean): TileModel {
  const displayName = nameOf(screen.owner.displayName);
  const title = t('tile.screen', { name: displayName });
  return {
    id: screen.id,
    kind: 'screen',
    endpointId: screen.owner.id,
    displayName,
    chip: title,
    shortChip: title,
    matrixId: screen.owner.matrixId,
    label: title,
    isSelf: false,
    isMuted: false,
    video: screen.source.track,
    isPaused: !screen.source.isForwarded,
    isMirrored: false,
    quality: 'good',
    handOrder: undefined,
    isPinned: pinned === screen.id,
    isInterrupted,
    hasActions: false,
    picture: undefined,
    isPhone: false,
    note: undefined,
  };
}

/** Nobody expects a camera of a telephone. */
function phoneLabel(person: Participant, hand: number | undefined, isPinned: boolean): string {
  const call = [t('phone.here'), callStatus(person)].filter((state) => state !== undefined);
  return label([nameOf(person.displayName), ...call].join(', '), person.isMicrophoneMuted, false, hand, isPinned);
}

function label(
  name: string,
  isMuted: boolean,
  hasNoCamera: boolean,
  hand: number | undefined,
  isPinned: boolean,
): string {
  const states = [
    isMuted && t('tile.microphone-off'),
    hasNoCamera && t('tile.camera-off'),
    hand !== undefined && t('tile.hand', { order: hand }),
    isPinned && t('tile.pinned'),
  ];
  return [name, ...states.filter((state) => state !== false)].join(', ');
}
