import { ownFields } from '#protocol/iframe-api/own-fields.ts';
import { needsAllowance } from '../../client/moderation/reservations.ts';
import { canChooseSpeaker } from '../devices/device-list.ts';
import { settings } from '../storage/settings.ts';
import type { EmbeddedAttempt } from './attempt.ts';
import { listedDevices, namedDevices } from './device-names.ts';
import { sharingIds } from './events.ts';
import { factsOf, isAudioAvailable, isVideoAvailable } from './facts.ts';
import type { Profile } from './profile.ts';
import { roomList, roomMap } from './rooms.ts';

type Fields = Readonly<Record<string, unknown>>;

/** @returns what the embedding page gets; never undefined, which would get lost on the way. May reject. */
export type RequestHandler = (attempt: EmbeddedAttempt, fields: Fields, profile: Profile) => unknown;

/** What the embedding page may ask, at any time. */
export const REQUESTS: Readonly<Record<string, RequestHandler>> = {
  'deployment-info': () => ({}),
  'get-content-sharing-participants': ({ state }) => {
    const now = state.peek();
    return { sharingParticipantIds: now === undefined ? [] : sharingIds(now) };
  },
  'get-custom-avatar-backgrounds': () => ({ avatarBackgrounds: [] }),
  'get-livestream-url': () => ({ livestreamUrl: null }),
  'get-p2p-status': ({ state }) => {
    const now = state.peek();
    // With others or with nobody it is no question.
    return now?.participants.length === 1 ? now.isDirect : null;
  },
  invite: async ({ session }, { invitees }) => {
    const meeting = session.peek()?.meeting;
    if (meeting === undefined) throw new Error('One can invite from within the meeting only.');
    const numbers = Array.isArray(invitees) ? invitees.slice(0, MAX_INVITEES).map(numberOf) : [];
    // All or none: who asks is told of one answer only.
    if (numbers.length === 0 || numbers.includes(undefined)) {
      throw new Error('Only telephones can be invited: [{ type: "phone", number: "+30…" }].');
    }
    await Promise.all(numbers.map((number) => meeting.phones.call(number ?? '')));
    return true;
  },
  'is-audio-available': (attempt, _fields, profile) => isAudioAvailable(factsOf(attempt, profile)),
  'is-audio-disabled': () => false,
  'is-audio-muted': ({ media }) => !media.isMicrophoneLive.peek(),
  'is-moderation-on': ({ state }, { mediaType }) =>
    state.peek()?.reservations.kinds.some((kind) => kind === (mediaType ?? 'audio')) ?? false,
  'is-participant-force-muted': ({ state }, { participantId, mediaType }) => {
    const now = state.peek();
    const kind = mediaType === 'video' || mediaType === 'desktop' ? mediaType : 'audio';
    if (now === undefined || !now.reservations.kinds.includes(kind)) return false;
    if (participantId === now.self.id) return needsAllowance(now, kind);
    const person = now.participants.find(({ id }) => id === participantId);
    return person !== undefined && !person.isModerator && now.reservations.allowed[kind]?.includes(person.id) !== true;
  },
  'is-participants-pane-open': ({ session }) => session.peek()?.panel.peek() === 'participants',
  'is-sharing-screen': ({ state }) => state.peek()?.self.isSharingScreen ?? false,
  'is-start-silent': () => false,
  'is-video-available': (attempt, _fields, profile) => isVideoAvailable(factsOf(attempt, profile)),
  'is-video-muted': ({ media }) => !media.isCameraOn.peek(),

  'list-breakout-rooms': ({ state }) => {
    const now = state.peek();
    return now === undefined ? {} : roomMap(now);
  },
  'rooms-info': ({ state, roomJid }) => {
    const now = state.peek();
    return { rooms: now === undefined || roomJid === undefined ? [] : roomList(now, roomJid) };
  },

  getAvailableDevices: async ({ media }) => {
    const devices = await namedDevices(media);
    return devices === undefined ? {} : listedDevices(devices);
  },
  getCurrentDevices: ({ media }) => {
    const { audioInput, audioOutput, videoInput } = listedDevices(media.devices.peek());
    const { speakerId } = settings.peek();
    const byId = (devices: typeof audioInput, id: string | undefined) => devices.find((one) => one.deviceId === id);
    return {
      audioInput: byId(audioInput, media.microphone.peek()?.getSettings().deviceId) ?? null,
      audioOutput: byId(audioOutput, speakerId) ?? audioOutput[0] ?? null,
      videoInput: byId(videoInput, media.camera.peek()?.getSettings().deviceId) ?? null,
    };
  },
  isDeviceChangeAvailable: (_attempt, { deviceType }) => deviceType !== 'output' || canChooseSpeaker(),
  isDeviceListAvailable: () => true,
  isMultipleAudioInputSupported: () => true,
  setDevice: async ({ media }, { device }) => {
    const { kind, label, id } = ownFields(device);
    const ours = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (ours === undefined) return false;
    if (typeof label === 'string' && label !== '') return media.chooseLabelled(ours, label);
    if (typeof id !== 'string' || id === '') return false;
    await media.chooseForNow(ours, id);
    return true;
  },
};

/** More at once is no invitation. */
const MAX_INVITEES = 20;

/** @returns undefined for who is no telephone */
function numberOf(invitee: unknown): string | undefined {
  const { type, number, phoneNumber = number } = ownFields(invitee);
  return type === 'phone' && typeof phoneNumber === 'string' && phoneNumber !== '' ? phoneNumber : undefined;
}

const KINDS: Readonly<Record<string, 'microphone' | 'camera' | 'speaker'>> = {
  audioinput: 'microphone',
  audiooutput: 'speaker',
  videoinput: 'camera',
};
