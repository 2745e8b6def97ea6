import { EventEmitter } from 'events';
import { COMMANDS } from '#protocol/iframe-api/commands.ts';
import { INTERNAL_EVENTS, publicEventName, publicEventNames } from '#protocol/iframe-api/events.ts';
import { scopeOf } from '#protocol/iframe-api/frame.ts';
import { commandMessage, type IframeMessage } from '#protocol/iframe-api/message.ts';
import { Requests } from '#protocol/iframe-api/requests.ts';
import type { EventListener, ExternalApiOptions, ParticipantInfo } from './external_api.d.ts';
import { exportKey, keyFromHex } from './media-key.ts';
import { frameUrl } from './frame-url.ts';
import { createIframe, resizeIframe } from './iframe.ts';
import { MeetingWindow } from './meeting-window.ts';
import { readOptions } from './options.ts';
import { Roster, type RosterEntry } from './roster.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Counts the meetings of this page. */
let nextId = 0;

/** A meeting in an iframe of this page. The members are those of Jitsi's class, documented in `external_api.d.ts`. */
export default class JitsiMeetExternalAPI extends EventEmitter {
  readonly #iframe: HTMLIFrameElement;
  readonly #window: MeetingWindow;
  readonly #requests: Requests;
  readonly #roster = new Roster();
  readonly #onload: ((event: unknown) => void) | undefined;
  readonly #e2eeKey: ExternalApiOptions['e2eeKey'];
  #isDisposed = false;

  constructor(domain: string, ...args: readonly unknown[]) {
    super();
    const options = readOptions(args);
    const { width = '100%', height = '100%', parentNode = document.body, sandbox, invitees, onload, e2eeKey } = options;
    const apiId = nextId++;
    this.#onload = onload;
    this.#e2eeKey = e2eeKey;
    this.#iframe = createIframe({ url: frameUrl(domain, options, apiId), apiId, width, height, sandbox });
    parentNode.append(this.#iframe);
    this.#window = new MeetingWindow(this.#iframe, scopeOf(apiId), (message) => this.#receive(message));
    this.#requests = new Requests((message) => this.#window.send(message));
    if (Array.isArray(invitees) && invitees.length > 0) this.invite(invitees).catch((error) => console.error(error));
  }

  // Events

  addEventListener(event: string, listener: EventListener): void {
    this.on(event, listener);
  }

  addEventListeners(listeners: Readonly<Record<string, EventListener>>): void {
    for (const [event, listener] of Object.entries(listeners)) this.addEventListener(event, listener);
  }

  /** All listeners of that event: Jitsi's class never took one to remove. */
  removeEventListener(event: string): void {
    this.removeAllListeners(event);
  }

  removeEventListeners(events: readonly string[]): void {
    for (const event of events) this.removeEventListener(event);
  }

  // Commands

  executeCommand(name: string, ...args: readonly unknown[]): void {
    const wireName = Object.hasOwn(COMMANDS, name) ? COMMANDS[name as keyof typeof COMMANDS] : undefined;
    if (wireName === undefined) {
      console.error('There is no such command.', name);
      return;
    }
    this.#window.send(commandMessage(wireName, args));
  }

  executeCommands(commands: Readonly<Record<string, unknown>>): void {
    for (const [name, args] of Object.entries(commands)) {
      this.executeCommand(name, ...(Array.isArray(args) ? args : [args]));
    }
  }

  pinParticipant(participantId?: string, videoType?: string): void {
    this.executeCommand('pinParticipant', participantId, videoType);
  }
  setLargeVideoParticipant(participantId?: string, videoType?: string): void {
    this.executeCommand('setLargeVideoParticipant', participantId, videoType);
  }
  resizeLargeVideo(width: number, height: number): void {
    if (width <= this.#iframe.clientWidth && height <= this.#iframe.clientHeight) {
      this.executeCommand('resizeLargeVideo', width, height);
    }
  }
  startRecording(options: unknown): void {
    this.executeCommand('startRecording', options);
  }
  stopRecording(mode: string, isTranscription?: boolean): void {
    this.executeCommand('stopRecording', mode, isTranscription);
  }
  setVirtualBackground(isEnabled: boolean, dataUrl: string): void {
    this.executeCommand('setVirtualBackground', isEnabled, dataUrl);
  }
  toggleE2EE(isEnabled: boolean): void {
    this.executeCommand('toggleE2EE', isEnabled);
  }
  async setMediaEncryptionKey({ key, index }: { key?: CryptoKey; index: number }): Promise<void> {
    this.executeCommand('setMediaEncryptionKey', await exportKey(key, index));
  }
  showPiP(): void {
    this.executeCommand('showPiP');
  }
  hidePiP(): void {
    this.executeCommand('hidePiP');
  }
  sendProxyConnectionEvent(event: unknown): void {
    this.#window.send(commandMessage('proxy-connection-event', [event]));
  }

  // Functions that ask the meeting

  isAudioMuted(): Promise<unknown> {
    return this.#requests.ask('is-audio-muted');
  }
  isVideoMuted(): Promise<unknown> {
    return this.#requests.ask('is-video-muted');
  }
  isAudioAvailable(): Promise<unknown> {
    return this.#requests.ask('is-audio-available');
  }
  isVideoAvailable(): Promise<unknown> {
    return this.#requests.ask('is-video-available');
  }
  isAudioDisabled(): Promise<unknown> {
    return this.#requests.ask('is-audio-disabled');
  }
  isSharingScreen(): Promise<unknown> {
    return this.#requests.ask('is-sharing-screen');
  }
  isModerationOn(mediaType?: string): Promise<unknown> {
    return this.#requests.ask('is-moderation-on', { mediaType });
  }
  isParticipantForceMuted(participantId: string, mediaType?: string): Promise<unknown> {
    return this.#requests.ask('is-participant-force-muted', { participantId, mediaType });
  }
  isParticipantsPaneOpen(): Promise<unknown> {
    return this.#requests.ask('is-participants-pane-open');
  }
  isStartSilent(): Promise<unknown> {
    return this.#requests.ask('is-start-silent');
  }
  isP2pActive(): Promise<unknown> {
    return this.#requests.ask('get-p2p-status');
  }
  getAvailableDevices(): Promise<unknown> {
    return this.#askDevices('getAvailableDevices');
  }
  getCurrentDevices(): Promise<unknown> {
    return this.#askDevices('getCurrentDevices');
  }
  isDeviceChangeAvailable(deviceType?: string): Promise<unknown> {
    return this.#askDevices('isDeviceChangeAvailable', { deviceType });
  }
  /** Always. */
  isDeviceListAvailable(): Promise<boolean> {
    return Promise.resolve(true);
  }
  isMultipleAudioInputSupported(): Promise<unknown> {
    return this.#askDevices('isMultipleAudioInputSupported');
  }
  setAudioInputDevice(label: string, id?: string): Promise<unknown> {
    return this.#askDevices('setDevice', { device: { kind: 'audioinput', label, id } });
  }
  setAudioOutputDevice(label: string, id?: string): Promise<unknown> {
    return this.#askDevices('setDevice', { device: { kind: 'audiooutput', label, id } });
  }
  setVideoInputDevice(label: string, id?: string): Promise<unknown> {
    return this.#askDevices('setDevice', { device: { kind: 'videoinput', label, id } });
  }
  getContentSharingParticipants(): Promise<unknown> {
    return this.#requests.ask('get-content-sharing-participants');
  }
  getLivestreamUrl(): Promise<unknown> {
    return this.#requests.ask('get-livestream-url');
  }
  captureLargeVideoScreenshot(): Promise<unknown> {
    return this.#requests.ask('capture-largevideo-screenshot');
  }
  captureCameraPicture(cameraFacingMode?: string, descriptionText?: string, titleText?: string): Promise<unknown> {
    return this.#requests.ask('capture-camera-picture', { cameraFacingMode, descriptionText, titleText });
  }
  getRoomsInfo(): Promise<unknown> {
    return this.#requests.ask('rooms-info');
  }
  listBreakoutRooms(): Promise<unknown> {
    return this.#requests.ask('list-breakout-rooms');
  }
  getSessionId(): Promise<unknown> {
    return this.#requests.ask('session-id');
  }
  getDeploymentInfo(): Promise<unknown> {
    return this.#requests.ask('deployment-info');
  }
  getSharedDocumentUrl(): Promise<unknown> {
    return this.#requests.ask('get-shared-document-url');
  }
  getCustomAvatarBackgrounds(): Promise<unknown> {
    return this.#requests.ask('get-custom-avatar-backgrounds');
  }
  invite(invitees: readonly unknown[]): Promise<unknown> {
    if (!Array.isArray(invitees) || invitees.length === 0) return Promise.reject(new TypeError('Nobody to invite.'));
    return this.#requests.ask('invite', { invitees });
  }
  _isNewElectronScreensharingSupported(): Promise<unknown> {
    return this.#requests.ask('_new_electron_screensharing_supported');
  }
  _openDesktopPicker(): Promise<unknown> {
    return this.#requests.ask('open-desktop-picker');
  }

  // Functions that this side answers

  getParticipantsInfo(): readonly ParticipantInfo[] {
    return Array.from(this.#roster.people, ([participantId, entry]) => ({ participantId, ...entry }));
  }
  getNumberOfParticipants(): number {
    return this.#roster.count;
  }
  getDisplayName(participantId: string): string | undefined {
    return this.#entry(participantId).displayName;
  }
  getEmail(participantId: string): string | undefined {
    return this.#entry(participantId).email;
  }
  getAvatarURL(participantId: string): string | undefined {
    return this.#entry(participantId).avatarURL;
  }
  isVisitor(): boolean {
    return this.#roster.isVisitor;
  }
  getVideoQuality(): number | undefined {
    return this.#roster.videoQuality;
  }
  getIFrame(): HTMLIFrameElement {
    return this.#iframe;
  }
  getSupportedCommands(): readonly string[] {
    return Object.keys(COMMANDS);
  }
  getSupportedEvents(): readonly string[] {
    return publicEventNames();
  }
  _getOnStageParticipant(): string | undefined {
    return this.#roster.onStage;
  }
  /** For embedders that change the size later. */
  _setSize(height: number | string, width: number | string): void {
    resizeIframe(this.#iframe, width, height);
  }

  /** Ends it: the iframe goes, and with it the meeting for this person. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.emit('_willDispose');
    this.#window.close();
    this.#requests.close();
    this.removeAllListeners();
    this.#iframe.remove();
  }

  #askDevices(name: string, fields: Fields = {}): Promise<unknown> {
    return this.#requests.ask(name, { ...fields, type: 'devices' });
  }

  #entry(participantId: string): RosterEntry {
    return this.#roster.people.get(participantId) ?? {};
  }

  #receive(message: IframeMessage): void {
    switch (message.type) {
      case 'response':
        this.#requests.settle(message.id, message.answer);
        return;
      case 'request':
        this.#window.send({ type: 'response', id: message.id, answer: { error: 'This page answers no requests.' } });
        return;
      case 'event':
        this.#happened(message.name, message.fields);
    }
  }

  #happened(wireName: string, { name: _name, ...fields }: Fields): void {
    this.#roster.apply(wireName, fields);
    if (wireName === 'ready') this.#onload?.(fields);
    if (wireName === 'video-conference-joined' && this.#e2eeKey !== undefined) {
      this.executeCommand('setMediaEncryptionKey', keyFromHex(this.#e2eeKey));
    }
    if (INTERNAL_EVENTS.has(wireName)) {
      if (wireName === 'on-prejoin-video-changed') this.emit('prejoinVideoChanged', fields);
      else if (wireName !== 'local-storage-changed') this.emit('largeVideoChanged', fields);
      return;
    }
    const name = publicEventName(wireName);
    if (name !== undefined) this.emit(name, fields);
  }
}
