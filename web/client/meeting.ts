import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { lobbyOfRoom, roomJid } from '#protocol/xmpp/room-address.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { AudioLevels } from './audio-levels.ts';
import { BridgeLink } from './bridge/bridge-link.ts';
import { isBrowserSupported } from './browser-support.ts';
import { BreakoutRooms } from './breakout/breakout-rooms.ts';
import { CallReactions } from './call-reactions.ts';
import { Connection } from '#protocol/xmpp-client/connection.ts';
import { Conversation } from './conversation.ts';
import { SIGNALLING_RETRY } from '#protocol/xmpp-client/retry-policy.ts';
import { describeConnection } from './connection-details.ts';
import { commandError, endOfConnection, phaseOfRefusal } from './end-reasons.ts';
import { HostDoor } from './host/host-door.ts';
import { LobbyDoor } from './lobby/lobby-door.ts';
import { EndpointTexts } from './endpoint-texts.ts';
import { IceServers } from './ice-servers.ts';
import { log } from './log.ts';
import { initialState, StateStore } from './meeting-state.ts';
import { CommandError } from './meeting-types.ts';
import type { EndReason, JoinOptions, Meeting, MeetingOptions } from './meeting-types.ts';
import type { MeetingPhase, MeetingState, SpeakerTime, Store, VideoWishes } from './meeting-types.ts';
import { MessageRequests } from './moderation/message-requests.ts';
import { Moderation } from './moderation/moderation.ts';
import { needsAllowance } from './moderation/reservations.ts';
import { watchPage } from './page-events.ts';
import { Phones } from './phones.ts';
import { platform } from './platform.ts';
import { Polls } from './polls/polls.ts';
import { answerDisco, CAPS } from './room/disco.ts';
import type { Occupant } from './room/presence.ts';
import type { Removal } from './room/room.ts';
import { Roster } from './roster.ts';
import { muteElement } from './session/bridge-session.ts';
import { ForcedMutes } from './session/forced-mutes.ts';
import { LocalSources } from './session/local-sources.ts';
import { simulcastStyleOf } from './session/media-session.ts';
import { MediaRecovery } from './session/recovery.ts';
import { SpeakerTimes } from './speaker-stats/speaker-times.ts';
import { endpointIdOf, Stay } from './stay.ts';
import { TroubleWatch } from './trouble-watch.ts';

/** A meeting that one person (or test) can join. Nothing happens before `connect` or `join`. */
export function createMeeting(options: MeetingOptions): Meeting {
  const meeting = new MeetingClient(options);
  if (!isBrowserSupported()) meeting.end({ code: 'browser-too-old' });
  return meeting;
}

class MeetingClient implements Meeting {
  readonly state: Store<MeetingState>;
  readonly lobby: LobbyDoor;
  readonly moderation: Moderation;
  readonly chat: Conversation;
  readonly reactions: CallReactions;
  readonly endpointTexts: EndpointTexts;
  readonly polls: Polls;
  readonly breakout: BreakoutRooms;
  readonly #speakers: SpeakerTimes;
  readonly host: HostDoor;
  readonly phones: Phones;
  readonly #options: MeetingOptions;
  readonly #host: string;
  readonly #mainRoom: string;
  /** Where we are: the main room, or a breakout room. */
  #room: string;
  readonly #state: StateStore;
  readonly #connection: Connection;
  readonly #local = new LocalSources();
  readonly #bridge = new BridgeLink(this.#local);
  readonly #recovery: MediaRecovery;
  readonly #forcedMutes: ForcedMutes;
  readonly #requests: MessageRequests;
  readonly #levels = new AudioLevels(this.#local);
  readonly #iceServers: IceServers;
  readonly #roster: Roster;
  readonly #troubles: TroubleWatch;
  #stay: Stay | undefined;
  #wantsToStay = false;
  #password: string | undefined;
  #picture: string | undefined;
  #token: string | undefined;
  #joined: PromiseWithResolvers<void> | undefined;

  constructor(options: MeetingOptions) {
    const { xmppDomain, room, webSocketUrl, token, login, machineUid } = options;
    const hosts = xmppHosts(xmppDomain);
    this.#options = options;
    this.#token = token;
    this.#host = new URL(webSocketUrl).host;
    this.#mainRoom = roomJid(room, hosts);
    this.#room = this.#mainRoom;
    this.#state = new StateStore(initialState(room.displayName, options.displayName));
    this.state = this.#state.store;
    this.#connection = new Connection({
      url: webSocketUrl,
      domain: login === undefined ? xmppDomain : hosts.auth,
      room: room.node,
      ...(token === undefined ? {} : { token }),
      ...(login === undefined ? {} : { login }),
      retry: SIGNALLING_RETRY,
      platform,
    });
    this.#recovery = new MediaRecovery(() => this.#connection.isAlive());
    this.#iceServers = new IceServers(this.#connection, xmppDomain);
    this.#roster = new Roster({ bridge: this.#bridge, state: this.#state, stay: () => this.#stay });
    this.#troubles = new TroubleWatch({
      connection: this.#connection,
      host: this.#host,
      recovery: this.#recovery,
      bridge: this.#bridge,
      state: this.#state,
      isDirect: () => this.#stay?.peer.media !== undefined,
    });
    this.lobby = new LobbyDoor({
      connection: this.#connection,
      room: this.#room,
      lobby: lobbyOfRoom(this.#room, hosts),
      state: this.#state,
      nick: () => (this.#connection.jid === undefined ? undefined : endpointIdOf(this.#connection.jid)),
      setPhase: (phase) => this.#setPhase(phase),
      enter: (password) => void this.join(password === undefined ? {} : { password }),
      end: (reason) => this.end(reason),
      command: (run) => this.#command((stay) => run(stay.room)),
    });
    this.#requests = new MessageRequests(this.#connection);
    this.chat = new Conversation({
      room: () => this.#room,
      state: this.#state,
      nameOf: (id) => this.#nameOf(id),
      matrixIdOf: (id) => this.#stay?.room.occupants.get(id)?.matrixId,
      send: (stanza, onTaken) => this.#stay?.room.isJoined === true && this.#connection.send(stanza, onTaken),
    });
    this.reactions = new CallReactions(this.#bridge, this.#state);
    this.endpointTexts = new EndpointTexts({
      bridge: this.#bridge,
      room: () => this.#room,
      isPresent: (id) => this.#state.value.participants.some((person) => person.id === id),
    });
    this.polls = new Polls({
      host: hosts.polls,
      room: () => this.#room,
      state: this.#state,
      request: (message) => this.#requests.send(message),
    });
    this.breakout = new BreakoutRooms({
      host: hosts.breakout,
      main: this.#mainRoom,
      state: this.#state,
      request: (message) => this.#requests.send(message),
      moveTo: (target) => this.#moveTo(target),
    });
    this.#speakers = new SpeakerTimes({
      host: hosts.speakerStats,
      room: () => this.#room,
      ownId: () => this.#state.value.self.id,
      send: (stanza) => void this.#connection.send(stanza),
      now: () => performance.now(),
    });
    this.host = new HostDoor({
      connection: this.#connection,
      place: { webSocketUrl, xmppDomain, node: room.node, room: this.#room, machineUid },
      focus: hosts.focus,
      // An account's own connection needs no other proof.
      store: login === undefined ? options.hostLogin : undefined,
      isWaiting: () => this.#state.value.phase.name === 'waiting-for-host',
      enter: () => this.#stay?.begin(this.#password),
      stopWaiting: () => this.#stopWaiting(),
    });
    this.moderation = new Moderation({
      room: () => this.#room,
      hosts,
      state: this.#state,
      bridge: this.#bridge,
      requests: this.#requests,
      occupant: (id) => this.#stay?.room.occupants.get(id),
      lowerOwnHand: () => this.setHandRaised(false),
      command: (run) => this.#command(run),
    });
    this.phones = new Phones({
      token: () => this.#token,
      room: () => this.#room,
      password: () => this.#password,
      ask: (type, nick, content) => this.#ask((stay) => stay.request(type, nick, content)),
    });
    this.#forcedMutes = new ForcedMutes({
      local: this.#local,
      state: this.#state,
      nameOf: (id) => this.#nameOf(id),
      unmute: (kind) => {
        const stay = this.#stay;
        return stay?.requestFocus(muteElement(kind, `${this.#room}/${stay.id}`, false));
      },
    });
    this.#listen();
  }

  connect(): void {
    this.#connection.connect();
  }

  async join({ displayName, password }: JoinOptions = {}): Promise<void> {
    const { phase } = this.#state.value;
    if (phase.name === 'ended' || phase.name === 'joined') return;
    if (displayName !== undefined) this.#state.patchSelf({ displayName });
    this.#password = password ?? this.#password;
    this.#wantsToStay = true;
    if (phase.name !== 'joining') this.#joined = Promise.withResolvers<void>();
    this.#setPhase({ name: 'joining' });
    const { state } = this.#connection;
    if (state.name === 'online') this.#enter(state.jid);
    else this.#connection.connect();
    await this.#joined?.promise;
  }

  async leave(): Promise<void> {
    if (this.#state.value.phase.name === 'ended') return;
    const stay = this.#stay;
    this.#setPhase({ name: 'ended', reason: { code: 'left' } });
    await stay?.leave();
    this.#shutDown();
  }

  setMicrophoneTrack(track: MediaStreamTrack | undefined): Promise<void> {
    this.#local.setTrack('microphone', track);
    return Promise.resolve();
  }

  setCameraTrack(track: MediaStreamTrack | undefined): Promise<void> {
    this.#local.setTrack('camera', track);
    return Promise.resolve();
  }

  setScreen(
    stream: { readonly video: MediaStreamTrack; readonly audio?: MediaStreamTrack } | undefined,
  ): Promise<void> {
    // Unless the page knows better, a screen is text: sharp rather than smooth.
    if (stream?.video.contentHint === '') stream.video.contentHint = 'detail';
    this.#local.setTrack('screen', stream?.video);
    this.#local.setTrack('screen-audio', stream?.audio);
    if (stream !== undefined) this.#forcedMutes.lift('desktop');
    return Promise.resolve();
  }

  setMicrophoneMuted(isMuted: boolean): void {
    this.#local.setMuted('microphone', isMuted || needsAllowance(this.#state.value, 'audio'));
    if (!this.#local.isMutedByChoice('microphone')) this.#forcedMutes.lift('audio');
  }

  setCameraMuted(isMuted: boolean): void {
    this.#local.setMuted('camera', isMuted || needsAllowance(this.#state.value, 'video'));
    if (!this.#local.isMutedByChoice('camera')) this.#forcedMutes.lift('video');
  }

  setDisplayName(name: string): void {
    this.#state.patchSelf({ displayName: name });
    this.#stay?.room.presenceChanged();
  }

  setPicture(url: string | undefined): void {
    this.#picture = url;
    this.#stay?.room.presenceChanged();
  }

  setHandRaised(isRaised: boolean): void {
    const handLoweredBy = isRaised ? undefined : this.#state.value.self.handLoweredBy;
    this.#state.patchSelf({ handRaisedAtMs: isRaised ? Date.now() : undefined, handLoweredBy });
    this.#stay?.room.presenceChanged();
  }

  setVideoWishes(wishes: VideoWishes): void {
    this.#bridge.setWishes(wishes);
  }

  async setPassword(password: string | undefined): Promise<void> {
    await this.#command((stay) => stay.room.setPassword(password));
    this.#password = password;
  }

  setSubject(subject: string): void {
    this.#stay?.room.setSubject(subject);
  }

  setToken(token: string): void {
    this.#token = token;
    this.#connection.setToken(token);
  }

  retryNow(): void {
    this.#connection.retryNow();
    this.#recovery.retryNow();
  }

  audioLevels(): ReadonlyMap<string, number> {
    return this.#levels.read(this.#stay?.audible ?? [], this.#state.value.self.id);
  }

  speakerTimes(): readonly SpeakerTime[] {
    const { self, participants } = this.#state.value;
    return this.#speakers.read(new Map([self, ...participants].map(({ id, displayName }) => [id, displayName])));
  }

  connectionDetails(): Promise<readonly string[]> {
    const direct = this.#stay?.peer.media;
    const media = direct ?? this.#stay?.media.session?.media;
    return describeConnection(this.#connection.state, this.#host, media, direct !== undefined);
  }

  #listen(): void {
    const connection = this.#connection;
    connection.onRequest(answerDisco);
    connection.onRequest((iq) => this.#stay?.handleRequest(iq));
    // What broke its connection was perhaps the network, and media has another way through the new one.
    connection.on('resumed', () => this.#recovery.networkChanged());
    connection.on('bound', (jid) => this.#bound(jid));
    connection.on('failed', (failure) => {
      this.end(endOfConnection(failure, this.#host, this.#token !== undefined));
    });
    connection.on('stanza', (stanza) => this.#receive(stanza));
    this.#local.on('changed', () => {
      this.#showSelf();
      this.#stay?.room.presenceChanged();
    });
    this.#bridge.on('speaker', (dominantSpeaker, recentSpeakers) => {
      this.#speakers.speaks(recentSpeakers[0], dominantSpeaker === undefined);
      this.#state.patch({ dominantSpeaker, recentSpeakers });
    });
    this.#bridge.on('message', (from, payload) => this.reactions.receive(from, payload));
    this.#recovery.on('rejoin', () => void this.#rejoin());
    watchPage({
      check: () => {
        connection.retryNow();
        this.#recovery.networkChanged();
      },
      leave: () => {
        void this.leave();
        // The page is gone before any answer comes; what was sent is on its way by now.
        this.#shutDown();
      },
    });
  }

  #bound(jid: string): void {
    void this.#iceServers.renew();
    this.chat.sessionLost();
    // The server tells anew which rooms there are, if it still knows of any.
    this.#state.patch({ breakout: { ...this.#state.value.breakout, rooms: [], endsAtMs: undefined } });
    if (this.lobby.bound(endpointIdOf(jid))) return;
    // Breakout rooms know us by the address that we had.
    if (this.#room !== this.#mainRoom) this.#changeRoom(this.#mainRoom);
    if (this.#wantsToStay) this.#enter(jid);
  }

  #enter(jid: string): void {
    this.#stay?.abandon();
    this.lobby.reset();
    this.moderation.reset();
    const { machineUid, useIceLite, usesPeerToPeer, xmppDomain } = this.#options;
    const stay = new Stay(jid, {
      connection: this.#connection,
      hosts: xmppHosts(xmppDomain),
      room: this.#room,
      token: () => this.#token,
      machineUid,
      session: this.host,
      local: this.#local,
      bridge: this.#bridge,
      recovery: this.#recovery,
      iceServers: () => this.#iceServers.fresh(),
      simulcast: simulcastStyleOf(navigator.userAgent),
      useIceLite: useIceLite ?? true,
      usesPeerToPeer: usesPeerToPeer ?? false,
      isReserved: () => this.#state.value.reservations.kinds.length > 0,
      own: () => ({
        displayName: this.#state.value.self.displayName,
        pictureUrl: this.#picture,
        sources: this.#local.states(this.#stay?.id ?? ''),
        handRaisedAtMs: this.#state.value.self.handRaisedAtMs,
        caps: CAPS,
      }),
    });
    this.#stay = stay;
    this.#roster.begin();
    stay.on('joined', () => this.#enteredRoom(stay));
    stay.on('refused', (error) => this.#refused(error, stay));
    stay.on('unavailable', (reason) => this.end(reason));
    stay.on('waitingForHost', () => this.#setPhase({ name: 'waiting-for-host' }));
    stay.on('opened', () => {
      if (this.#state.value.phase.name === 'waiting-for-host') this.#setPhase({ name: 'joining' });
    });
    stay.on('removed', (removal) => this.#removed(removal, stay));
    stay.on('kicked', (id, by) => this.#othersRemoved(id, by));
    stay.on('focusLeft', () => void this.#rejoin());
    stay.on('occupant', (nick, occupant) => this.#occupantChanged(stay, nick, occupant));
    stay.on('subject', (subject) => this.#state.patch({ subject }));
    stay.on('info', ({ isLocked, createdAtMs, lobby }) => {
      // A breakout room has neither a door nor a beginning of its own.
      if (stay.room.jid !== this.#mainRoom) return;
      this.#state.patch({ isLocked, startedAtMs: createdAtMs });
      this.lobby.update({ lobby });
    });
    stay.on('received', () => {
      this.#roster.show();
      this.#troubles.show();
    });
    stay.on('muted', (kind, actor) => this.#forcedMutes.muted(kind, actor));
    stay.begin(this.#password);
  }

  #stopWaiting(): void {
    this.#wantsToStay = false;
    this.#stay?.abandon();
    this.#stay = undefined;
    this.#setPhase({ name: 'idle' });
  }

  #enteredRoom(stay: Stay): void {
    log.info('joined');
    this.#state.patchSelf({ id: stay.id });
    this.#setPhase({ name: 'joined' });
    this.#roster.show();
    if (this.#state.value.breakout.isMoving) {
      this.#state.patch({ breakout: { ...this.#state.value.breakout, isMoving: false } });
    }
  }

  /** Leaves and joins again over the same connection. */
  async #rejoin(): Promise<void> {
    const { state } = this.#connection;
    if (!this.#wantsToStay || state.name !== 'online') return;
    log.warn('joining the room again');
    const stay = this.#stay;
    await stay?.leave();
    // Two reasons to join again may come at once; the second finds a new stay.
    if (this.#wantsToStay && this.#stay === stay) this.#enter(state.jid);
  }

  /** Leaves this room for another one of the same meeting, over the same connection. */
  async #moveTo(room: string): Promise<void> {
    const { state } = this.#connection;
    if (room === this.#room) return;
    if (!this.#wantsToStay || state.name !== 'online')
      throw new CommandError('not-connected', 'not in the meeting now');
    const stay = this.#stay;
    this.#changeRoom(room);
    await stay?.leave(true);
    // Told to go elsewhere meanwhile, one goes there.
    if (this.#wantsToStay && this.#stay === stay && this.#room === room) this.#enter(state.jid);
  }

  #goBack(): void {
    // Without a connection we come back to the main room with the next one.
    this.#moveTo(this.#mainRoom).catch((error: unknown) => log.debug('not now', error));
  }

  /** Who is here and what is said here is another room's from now on. */
  #changeRoom(room: string): void {
    log.info('on the way to another room of the meeting');
    this.chat.changeRoom(this.#room, room);
    this.#room = room;
    this.#roster.changeRoom();
    this.#speakers.reset();
    this.#state.patchSelf({ handRaisedAtMs: undefined });
    const current = room === this.#mainRoom ? undefined : room;
    this.#state.patch({
      breakout: { ...this.#state.value.breakout, current, isMoving: true },
      participants: [],
      polls: [],
      dominantSpeaker: undefined,
      recentSpeakers: [],
    });
  }

  #receive(stanza: XmlElement): void {
    const stay = this.#stay;
    if (stay === undefined || this.#requests.settle(stanza)) return;
    if (this.lobby.receive(stanza) || stay.room.receive(stanza) || this.polls.receive(stanza)) return;
    if (this.breakout.receive(stanza) || this.#speakers.receive(stanza)) return;
    if (this.moderation.receive(stanza)) stay.peer.companyChanged();
    else this.chat.receive(stanza);
  }

  #occupantChanged(stay: Stay, nick: string, occupant: Occupant | undefined): void {
    if (nick === stay.id) {
      const isModerator = occupant?.isModerator ?? false;
      this.#state.patchSelf({ isModerator, matrixId: occupant?.matrixId, pictureUrl: occupant?.pictureUrl });
      this.lobby.update({ nick, isModerator });
      return;
    }
    const known = this.#state.value.participants.find(({ id }) => id === nick);
    const hasChanged = (known === undefined) !== (occupant === undefined);
    // Until we are inside, the room tells who was there before.
    if (hasChanged && stay.room.isJoined && this.#state.value.phase.name === 'joined') {
      const name = occupant?.displayName ?? known?.displayName ?? '';
      this.chat.note(occupant === undefined ? 'left' : 'joined', name);
    }
    if (occupant === undefined) this.#roster.forget(nick);
    if (stay.room.isJoined) this.#roster.show();
  }

  #refused(error: StanzaError, stay: Stay): void {
    if (stay.room.jid !== this.#mainRoom) {
      // Closed while we were on the way.
      this.#goBack();
      return;
    }
    const hadPassword = this.#password !== undefined;
    const phase =
      this.lobby.phaseOfRefusal(error, hadPassword) ?? phaseOfRefusal(error, hadPassword, this.#token !== undefined);
    if (phase.name === 'ended') {
      this.end(phase.reason);
      return;
    }
    this.#password = undefined;
    this.#wantsToStay = false;
    this.#setPhase(phase);
  }

  #removed(removal: Removal, stay: Stay): void {
    const byId = 'by' in removal ? removal.by : undefined;
    const by = byId === undefined ? undefined : this.#nameOf(byId);
    switch (removal.code) {
      case 'removed':
        stay.abandon();
        void this.#rejoin();
        return;
      case 'kicked':
        this.end({ code: 'kicked', by, byId, text: removal.text });
        return;
      case 'banned':
        this.end({ code: 'banned', by, byId });
        return;
      case 'destroyed':
        if (removal.instead === this.#mainRoom && stay.room.jid !== this.#mainRoom) this.#goBack();
        else this.end({ code: 'meeting-ended', by, isOwn: removal.by === stay.id });
    }
  }

  /** Somebody else. */
  #othersRemoved(id: string, byId: string | undefined): void {
    const { self } = this.#state.value;
    const nameOf = (person: string) => (person === self.id ? self.displayName : this.#nameOf(person)) ?? '';
    const by = byId === undefined ? undefined : { id: byId, name: nameOf(byId) };
    this.#state.patch({ removed: { id, name: nameOf(id), by } });
  }

  #nameOf(id: string): string | undefined {
    const here = this.#stay?.room.occupants.get(id);
    if (here !== undefined) return here.displayName;
    // A moderator in another room of the meeting can end it for us too.
    const { rooms } = this.#state.value.breakout;
    return rooms.flatMap(({ people }) => people).find((person) => person.id === id)?.displayName;
  }

  async #command(run: (stay: Stay) => Promise<unknown>): Promise<void> {
    await this.#ask(run);
  }

  async #ask<Answer>(run: (stay: Stay) => Promise<Answer>): Promise<Answer> {
    const stay = this.#stay;
    if (stay?.room.isJoined !== true) throw new CommandError('not-connected', 'not in the meeting now');
    try {
      return await run(stay);
    } catch (error) {
      throw error instanceof CommandError ? error : commandError(error);
    }
  }

  #showSelf(): void {
    this.#state.patchSelf({
      isMicrophoneMuted: this.#local.isMuted('microphone'),
      isCameraMuted: this.#local.isMuted('camera'),
      isSharingScreen: this.#local.track('screen') !== undefined,
    });
  }

  /** For good; only a new meeting can join again. */
  end(reason: EndReason): void {
    if (this.#state.value.phase.name === 'ended') return;
    this.#setPhase({ name: 'ended', reason });
    this.#stay?.abandon();
    this.#shutDown();
  }

  #setPhase(phase: MeetingPhase): void {
    if (phase.name === 'ended') this.#wantsToStay = false;
    this.#state.patch(phase.name === 'ended' ? { phase, troubles: [], dominantSpeaker: undefined } : { phase });
    if (phase.name !== 'joining') this.#joined?.resolve();
  }

  #shutDown(): void {
    this.#recovery.stop();
    this.reactions.stop();
    this.#bridge.end();
    this.#connection.close();
  }
}
