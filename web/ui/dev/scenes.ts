import { REACTION_KINDS } from '../../client/meeting-types.ts';
import type { ChatEntry, MeetingState, Participant, RemoteSource } from '../../client/meeting-types.ts';
import { NOTHING_RESTRICTED } from '../../client/moderation/chat-rights.ts';
import { NOTHING_RESERVED } from '../../client/moderation/reservations.ts';
import { NOBODY_STARTS_MUTED } from '../../client/moderation/start-muted.ts';
import { NAMES, portraitOf } from './people.ts';
import { portraitTrack, slideTrack } from './tracks.ts';

export interface Scene {
  readonly others: number;
  readonly muted?: readonly number[];
  readonly noCamera?: readonly number[];
  readonly hands?: readonly number[];
  readonly fair?: readonly number[];
  readonly poor?: readonly number[];
  readonly portraitPhones?: readonly number[];
  readonly speaker?: number;
  readonly sharing?: readonly number[];
  readonly isSelfMuted?: boolean;
  readonly selfHand?: boolean;
  readonly isModerator?: boolean;
  readonly view?: 'grid' | 'speaker';
  readonly panel?: 'chat' | 'participants' | 'polls';
  readonly dialog?:
    | 'settings'
    | 'invite'
    | 'remove'
    | 'shortcuts'
    | 'look'
    | 'video'
    | 'you'
    | 'moderator'
    | 'speaker-stats'
    | 'call-phone';
  readonly isLocked?: boolean;
  readonly knockers?: number;
  readonly trouble?: MeetingState['troubles'][number]['code'];
  readonly chat?: boolean;
  readonly reactions?: boolean;
  readonly polls?: boolean;
  readonly breakout?: 'main' | 'away';
  readonly unread?: number;
  readonly pinned?: number;
  readonly ownShare?: boolean;
  readonly toast?: string;
  readonly minutes?: number;
  readonly room?: string;
  /** In the conference of a Matrix room. */
  readonly isMatrix?: boolean;
  /** Numbers to call, and of the others those who are there by phone, with the status of their call. */
  readonly hasPhone?: boolean;
  readonly callers?: Readonly<Record<number, string>>;
}

const many = { muted: [1, 2, 4, 6, 7, 9, 10, 12, 13, 15, 18, 19, 21, 22], noCamera: [4, 10, 16] };

/** Of others in the conference of a Matrix room; the last one is a guest. */
const MATRIX_IDS = [
  '@jonas:choir.example',
  '@a.very.long.local.part.as.bridges.make.them=2fwith=20much.more.of.it:choir.example',
  '@mira:chat.department-of-music.faculty-of-arts.university-of-the-aegean.example',
  '@42:[2001:db8::17]:8448',
] as const;

export const SCENES: Readonly<Record<string, Scene>> = {
  'meeting-1': { others: 0, minutes: 0.2 },
  'meeting-2': { others: 1 },
  'meeting-3': { others: 2, speaker: 0, isSelfMuted: true },
  'meeting-9': { others: 8, speaker: 2, muted: [3, 4, 7], noCamera: [4], hands: [5], poor: [6], unread: 2, chat: true },
  'meeting-25': {
    others: 37,
    speaker: 5,
    ...many,
    hands: [8, 12],
    fair: [14],
    poor: [19],
    selfHand: true,
    isSelfMuted: true,
    unread: 5,
    chat: true,
    minutes: 62.7,
    room: 'general-assembly',
  },
  speaker: { others: 8, speaker: 5, view: 'speaker', muted: [4], noCamera: [4], poor: [6] },
  share: { others: 8, speaker: 1, sharing: [1], muted: [4], noCamera: [4] },
  'share-two': { others: 5, speaker: 1, sharing: [1, 0] },
  'own-share': { others: 2, ownShare: true },
  chat: { others: 3, speaker: 0, panel: 'chat', chat: true },
  'chat-empty': { others: 3, panel: 'chat' },
  participants: { others: 5, speaker: 0, panel: 'participants', hands: [2, 4], muted: [2, 4, 3], isModerator: true },
  matrix: { others: 5, panel: 'participants', hands: [2], muted: [3], isModerator: true, isMatrix: true },
  'participants-many': { others: 24, panel: 'participants', ...many, hands: [8], isModerator: true },
  waiting: { others: 3, panel: 'participants', isModerator: true, knockers: 2 },
  knocking: { others: 3, isModerator: true, knockers: 1 },
  settings: { others: 2, speaker: 0, dialog: 'settings', isSelfMuted: true },
  'settings-video': { others: 2, dialog: 'video' },
  'settings-you': { others: 2, dialog: 'you' },
  shortcuts: { others: 2, dialog: 'shortcuts' },
  look: { others: 2, dialog: 'look' },
  moderator: { others: 2, dialog: 'moderator', isModerator: true },
  locked: { others: 2, dialog: 'moderator', isModerator: true, isLocked: true },
  invite: { others: 2, speaker: 0, dialog: 'invite', isSelfMuted: true },
  remove: { others: 2, dialog: 'remove', isModerator: true },
  reconnecting: { others: 2, trouble: 'signalling-lost' },
  'media-failed': { others: 2, trouble: 'media-failed' },
  toast: { others: 2, toast: 'You are muted.', isSelfMuted: true },
  pinned: { others: 4, pinned: 2, speaker: 1 },
  five: { others: 4, speaker: 0 },
  reactions: { others: 4, speaker: 0, reactions: true },
  polls: { others: 4, speaker: 0, panel: 'polls', polls: true },
  breakout: { others: 2, panel: 'participants', isModerator: true, breakout: 'main' },
  'breakout-away': { others: 2, speaker: 0, breakout: 'away', panel: 'participants' },
  'speaker-stats': { others: 4, dialog: 'speaker-stats' },
  'polls-empty': { others: 4, panel: 'polls' },
  'invite-phone': { others: 2, dialog: 'invite', hasPhone: true, isModerator: true },
  'call-phone': { others: 2, dialog: 'call-phone', hasPhone: true, isModerator: true },
  'alone-phone': { others: 0, minutes: 0.2, hasPhone: true },
  callers: {
    others: 5,
    noCamera: [1, 3],
    muted: [3],
    callers: { 1: 'Ringing', 3: 'Connected' },
    panel: 'participants',
    isModerator: true,
  },
  phones: { others: 3, portraitPhones: [0, 1], speaker: 0 },
};

const has = (list: readonly number[] | undefined, index: number) => list?.includes(index) ?? false;
/** One's own endpoint id. */
const SELF = '5a11e5a0';
const idOf = (index: number) => (0xa1b2c300 + index * 7919).toString(16);

export async function sceneState(scene: Scene): Promise<MeetingState> {
  const participants = await Promise.all(Array.from({ length: scene.others }, (_, index) => person(scene, index)));
  return {
    phase: { name: 'joined' },
    roomName: scene.room ?? 'board-meeting',
    subject: '',
    startedAtMs: Date.now() - (scene.minutes ?? 24.3) * 60_000,
    self: {
      id: SELF,
      displayName: 'Sanne de Vries',
      matrixId: scene.isMatrix === true ? '@sanne:choir.example' : undefined,
      pictureUrl: undefined,
      isModerator: scene.isModerator ?? false,
      isMicrophoneMuted: scene.isSelfMuted ?? false,
      isCameraMuted: false,
      isSharingScreen: scene.ownShare ?? false,
      handRaisedAtMs: scene.selfHand ? Date.now() : undefined,
      handLoweredBy: undefined,
      quality: 3,
      mutedBy: undefined,
    },
    participants,
    removed: undefined,
    dominantSpeaker: scene.speaker === undefined ? undefined : idOf(scene.speaker),
    recentSpeakers: scene.speaker === undefined ? [] : [idOf(scene.speaker)],
    breakout: breakout(scene.breakout),
    polls: scene.polls ? polls() : [],
    reactions: scene.reactions ? reactions() : [],
    chat: scene.chat ? chat() : [],
    isLocked: scene.isLocked ?? false,
    lobby: { isOn: scene.knockers !== undefined, knockers: knockers(scene), messages: [] },
    reservations: NOTHING_RESERVED,
    isDirect: false,
    permissions: NOTHING_RESTRICTED,
    startMuted: NOBODY_STARTS_MUTED,
    troubles: scene.trouble === undefined ? [] : [trouble(scene.trouble)],
  };
}

function knockers({ knockers: count = 0 }: Scene): MeetingState['lobby']['knockers'] {
  return NAMES.slice(5, 5 + count).map((displayName, index) => ({ id: idOf(100 + index), displayName }));
}

async function person(scene: Scene, index: number): Promise<Participant> {
  const { callers } = scene;
  const id = idOf(index);
  const sources: RemoteSource[] = [];
  if (!has(scene.noCamera, index)) {
    const track = await portraitTrack(portraitOf(index), has(scene.portraitPhones, index));
    sources.push({ name: `${id}-v0`, kind: 'video', videoType: 'camera', isMuted: false, isForwarded: true, track });
  }
  if (has(scene.sharing, index)) {
    const track = await slideTrack();
    sources.push({ name: `${id}-v1`, kind: 'video', videoType: 'desktop', isMuted: false, isForwarded: true, track });
  }
  return {
    id,
    displayName: NAMES[index % NAMES.length] ?? '',
    matrixId: scene.isMatrix === true ? MATRIX_IDS[index] : undefined,
    userId: undefined,
    pictureUrl: undefined,
    isModerator: index === 0,
    isMicrophoneMuted: has(scene.muted, index),
    isCameraMuted: has(scene.noCamera, index),
    handRaisedAtMs: has(scene.hands, index) ? Date.now() - 100_000 + index : undefined,
    quality: has(scene.poor, index) ? 1 : has(scene.fair, index) ? 2 : 3,
    sources,
    phone: callers?.[index] === undefined ? undefined : { status: callers[index], isOnHold: false },
  };
}

function trouble(code: MeetingState['troubles'][number]['code']): MeetingState['troubles'][number] {
  const sinceMs = performance.now() - 5000;
  if (code === 'signalling-lost') return { code, sinceMs, attempt: 2, host: 'meet.choir.example' };
  if (code === 'media-failed') return { code, sinceMs, details: 'ICE failed: no candidate pair worked' };
  if (code === 'poor-receive' || code === 'poor-send') return { code };
  return { code, sinceMs };
}

function breakout(where: Scene['breakout']): MeetingState['breakout'] {
  const person = (index: number) => ({
    id: idOf(index),
    displayName: NAMES[index] ?? '',
    matrixId: undefined,
    isModerator: false,
  });
  const rooms = [
    { jid: 'main', name: '', isMain: true, people: [person(0), person(1)] },
    { jid: 'red', name: 'Room 1', isMain: false, people: [person(6), person(7), person(8)] },
    { jid: 'blue', name: 'Programme and rehearsals', isMain: false, people: [] },
  ];
  return {
    rooms: where ? rooms : [],
    current: where === 'away' ? 'red' : undefined,
    isMoving: false,
    endsAtMs: where && performance.now() + 272_000,
  };
}

function polls(): MeetingState['polls'] {
  const people = (...indices: number[]) => indices.map((index) => ({ id: idOf(index), name: NAMES[index] ?? '' }));
  const self = { id: SELF, name: 'Sanne de Vries' };
  return [
    {
      id: 'p1',
      question: 'Which song do we begin with in Thessaloniki?',
      author: self,
      answers: [
        { name: 'The old one from the islands', voters: [...people(0, 2), self] },
        { name: 'Something new', voters: people(1) },
        { name: 'I do not mind', voters: [] },
      ],
      isNew: false,
    },
    {
      id: 'p2',
      question: 'When shall we rehearse again?',
      author: { id: idOf(0), name: NAMES[0] },
      answers: ['Tuesday', 'Wednesday', 'Saturday morning'].map((name) => ({ name, voters: [] })),
      isNew: true,
    },
  ];
}

function reactions(): MeetingState['reactions'] {
  return REACTION_KINDS.map((kind, index) => ({
    id: (index * 0x1234567).toString(16).padStart(8, '0'),
    from: index === 3 ? SELF : idOf(index % 4),
    kind,
    atMs: performance.now(),
  }));
}

function chat(): readonly ChatEntry[] {
  type Message = Extract<ChatEntry, { type: 'message' }>;
  const at = (minute: number) => new Date().setHours(18, minute, 0, 0);
  const message = (index: number, minute: number, text: string, more: Partial<Message> = {}): Message => ({
    type: 'message',
    id: `${minute}`,
    messageId: `${minute}`,
    from: idOf(index),
    fromName: NAMES[index] ?? '',
    fromMatrixId: undefined,
    isOwn: false,
    privateWith: undefined,
    text,
    atMs: at(minute),
    delivery: 'sent',
    replyTo: undefined,
    isEdited: false,
    isRetracted: false,
    reactions: [],
    ...more,
  });
  const own = { from: SELF, fromName: 'Sanne de Vries', isOwn: true };
  const someone = (index: number) => ({ id: idOf(index), name: NAMES[index] ?? '' });
  return [
    message(0, 2, 'Good evening! The agenda is here: https://choir.example/agenda', {
      reactions: [
        { emoji: '👍', by: [someone(1), { id: SELF, name: 'Sanne de Vries' }] },
        { emoji: '👏', by: [someone(2)] },
      ],
    }),
    message(1, 6, 'I will show the budget in a minute.', { isEdited: true }),
    message(5, 7, 'Could you zoom in on May? The numbers were small last time.', { replyTo: '6' }),
    message(2, 8, '', { isRetracted: true }),
    message(4, 9, 'Can you take the minutes today?', { privateWith: someone(4) }),
    message(0, 10, 'Yes, I will.', { ...own, delivery: 'failed' }),
  ];
}
