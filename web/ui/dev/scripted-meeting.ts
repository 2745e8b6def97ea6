import type { Meeting, MeetingState, Participant } from '../../client/meeting-types.ts';
import { withChatMode } from '../../client/moderation/chat-rights.ts';
import { scriptedChat } from './scripted-chat.ts';
import { scriptedPolls } from './scripted-polls.ts';

/** A meeting that only remembers: for looking at screens. It does what a server would confirm, at once. */
export function scriptedMeeting(initial: MeetingState): Meeting & { set: (change: Partial<MeetingState>) => void } {
  let state = initial;
  const listeners = new Set<(state: MeetingState) => void>();
  const set = (change: Partial<MeetingState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener(state);
  };
  const setSelf = (change: Partial<MeetingState['self']>) => set({ self: { ...state.self, ...change } });
  const setBreakout = (change: Partial<MeetingState['breakout']>) =>
    set({ breakout: { ...state.breakout, ...change } });
  const removeKnockers = (ids: readonly string[]) =>
    set({ lobby: { ...state.lobby, knockers: state.lobby.knockers.filter(({ id }) => !ids.includes(id)) } });
  const done = () => Promise.resolve();
  const change = (change: Partial<Participant>, isMeant: (id: string) => boolean = () => true) =>
    set({ participants: state.participants.map((p) => (isMeant(p.id) ? { ...p, ...change } : p)) });
  const remove = async (id: string) => set({ participants: state.participants.filter((p) => p.id !== id) });
  return {
    set,
    moderation: {
      mute: async (id) => change({ isMicrophoneMuted: true }, (other) => other === id),
      muteEveryone: async (_kind, except) => change({ isMicrophoneMuted: true }, (other) => other !== except),
      kick: remove,
      ban: remove,
      grantModerator: async (id) => change({ isModerator: true }, (other) => other === id),
      setReserved: async (kind, isReserved) => {
        const kinds = state.reservations.kinds.filter((other) => other !== kind);
        set({ reservations: { ...state.reservations, kinds: isReserved ? [...kinds, kind] : kinds } });
      },
      setAllowed: async (id, kind, isAllowed) => {
        const others = (state.reservations.allowed[kind] ?? []).filter((other) => other !== id);
        const allowed = { ...state.reservations.allowed, [kind]: isAllowed ? [...others, id] : others };
        set({ reservations: { ...state.reservations, allowed } });
      },
      setChatMode: async (mode) => set({ permissions: withChatMode(state.permissions, mode) }),
      setStartMuted: async (startMuted) => set({ startMuted }),
      lowerHand: async (id) => change({ handRaisedAtMs: undefined }, (other) => other === id),
      lowerAllHands: async () => change({ handRaisedAtMs: undefined }),
      endForAll: async () =>
        set({ phase: { name: 'ended', reason: { code: 'meeting-ended', by: undefined, isOwn: true } } }),
    },
    state: {
      get: () => state,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    lobby: {
      knock: () => set({ phase: { name: 'lobby', isWaiting: true, wasPasswordWrong: false } }),
      stopKnocking: () => set({ phase: { name: 'idle' } }),
      say: () => undefined,
      admit: (ids) => removeKnockers(ids),
      deny: async (id) => removeKnockers([id]),
      setOn: async (isOn) => set({ lobby: { ...state.lobby, isOn } }),
    },
    chat: scriptedChat(() => state, set),
    polls: scriptedPolls(() => state, set),
    endpointTexts: { send: () => false, onText: () => () => undefined },
    breakout: {
      add: async (name) => {
        const known = state.breakout.rooms;
        const main = { jid: 'main', name: '', isMain: true, people: [] };
        const fresh = { jid: crypto.randomUUID(), name, isMain: false, people: [] };
        setBreakout({ rooms: [...(known.length > 0 ? known : [main]), fresh] });
      },
      rename: async (jid, name) =>
        setBreakout({ rooms: state.breakout.rooms.map((room) => (room.jid === jid ? { ...room, name } : room)) }),
      remove: async (jid) => setBreakout({ rooms: state.breakout.rooms.filter((room) => room.jid !== jid) }),
      send: done,
      bringBack: done,
      assign: done,
      setTimer: async (durationMs) => setBreakout({ endsAtMs: performance.now() + durationMs }),
      stopTimer: async () => setBreakout({ endsAtMs: undefined }),
      join: async (current) => setBreakout({ current }),
      goBack: async () => setBreakout({ current: undefined }),
    },
    speakerTimes: () =>
      state.participants.map(({ id, displayName }, index) => ({
        id,
        name: displayName,
        spokenMs: 754_000 / (index + 1),
        isHere: index !== 2,
      })),
    reactions: {
      send: (kind) => {
        const reaction = { id: crypto.randomUUID(), from: state.self.id, kind, atMs: performance.now() };
        set({ reactions: [...state.reactions, reaction] });
      },
    },
    host: {
      logIn: async () => undefined,
      logOut: () => undefined,
      stopWaiting: () => set({ phase: { name: 'idle' } }),
    },
    phones: {
      mayCall: (self) => self.isModerator,
      call: done,
      isOwn: () => false,
      hangUp: done,
      hostPin: async () => '7305918264',
    },
    connect: () => undefined,
    join: async ({ displayName = '' } = {}) => {
      setSelf({ displayName });
      set({ phase: { name: 'joined' } });
    },
    leave: async () => set({ phase: { name: 'ended', reason: { code: 'left' } } }),
    setMicrophoneTrack: done,
    setCameraTrack: done,
    setScreen: async (screen) => setSelf({ isSharingScreen: screen !== undefined }),
    setMicrophoneMuted: (isMicrophoneMuted) => {
      if (state.self.isMicrophoneMuted !== isMicrophoneMuted) setSelf({ isMicrophoneMuted });
    },
    setCameraMuted: (isCameraMuted) => {
      if (state.self.isCameraMuted !== isCameraMuted) setSelf({ isCameraMuted });
    },
    setDisplayName: (displayName) => setSelf({ displayName }),
    setPicture: () => undefined,
    setHandRaised: (isRaised) => setSelf({ handRaisedAtMs: isRaised ? Date.now() : undefined }),
    setVideoWishes: () => undefined,
    setPassword: async (password) => set({ isLocked: password !== undefined }),
    setSubject: () => undefined,
    setToken: () => undefined,
    retryNow: () => set({ troubles: [] }),
    audioLevels: () => new Map(state.dominantSpeaker ? [[state.dominantSpeaker, 0.4]] : []),
    connectionDetails: async () => ['transport: udp', 'round trip: 24 ms', 'receiving: 1.2 Mbit/s'],
  };
}
