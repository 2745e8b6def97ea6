/**
 * Types of `external_api.js`: a meeting in an iframe of your page, with the members of Jitsi's class of the same name.
 * Loaded by a `<script>`, the class is global; by AMD or CommonJS it is the module itself.
 */
export type EventListener = (event: never) => void;

export interface ParticipantInfo {
  readonly participantId: string;
  readonly displayName?: string;
  /** With a mark for oneself, and a word for those without a name. */
  readonly formattedDisplayName?: string;
  readonly avatarURL?: string;
  readonly email?: string;
}

export interface ExternalApiOptions {
  /** The meeting; empty for the start page. */
  roomName?: string;
  /** A number is one of pixels; a text a CSS length. Default: `100%`. */
  width?: number | string;
  height?: number | string;
  /** Default: the body. */
  parentNode?: Element;
  /** Settings of this meeting for this person; unknown ones are ignored. */
  configOverwrite?: Readonly<Record<string, unknown>>;
  interfaceConfigOverwrite?: Readonly<Record<string, unknown>>;
  /** Room token. */
  jwt?: string;
  /** Language tag. Default: `configOverwrite.defaultLanguage`, then the person's own. */
  lang?: string;
  /** Called once the meeting takes commands. */
  onload?: (event: unknown) => void;
  userInfo?: { readonly displayName?: string; readonly email?: string };
  /** Labels of devices; null begins without, muted. */
  devices?: {
    readonly audioInput?: string | null;
    readonly audioOutput?: string | null;
    readonly videoInput?: string | null;
  };
  invitees?: readonly unknown[];
  iceServers?: Readonly<Record<string, unknown>>;
  /** Two hex digits a byte. */
  e2eeKey?: string;
  release?: string;
  /** Value of the iframe's attribute of that name. */
  sandbox?: string;
}

export interface Device {
  readonly deviceId: string;
  readonly groupId: string;
  readonly kind: 'audioinput' | 'audiooutput' | 'videoinput';
  readonly label: string;
}

export interface AvailableDevices {
  readonly audioInput?: readonly Device[];
  readonly audioOutput?: readonly Device[];
  readonly videoInput?: readonly Device[];
}

/** Events are listed in the README; `getSupportedEvents()` and `getSupportedCommands()` give the names. */
export interface ExternalApi {
  on(event: string, listener: EventListener): this;
  once(event: string, listener: EventListener): this;
  off(event: string, listener: EventListener): this;
  addListener(event: string, listener: EventListener): this;
  removeListener(event: string, listener: EventListener): this;
  removeAllListeners(event?: string): this;
  emit(event: string, ...args: readonly unknown[]): boolean;
  listenerCount(event: string): number;
  addEventListener(event: string, listener: EventListener): void;
  addEventListeners(listeners: Readonly<Record<string, EventListener>>): void;
  /** Drops all listeners of that event; takes no function. */
  removeEventListener(event: string): void;
  removeEventListeners(events: readonly string[]): void;

  executeCommand(name: string, ...args: readonly unknown[]): void;
  /** By name: the arguments, as an array. */
  executeCommands(commands: Readonly<Record<string, unknown>>): void;

  isAudioMuted(): Promise<boolean>;
  isVideoMuted(): Promise<boolean>;
  isAudioAvailable(): Promise<boolean>;
  isVideoAvailable(): Promise<boolean>;
  isAudioDisabled(): Promise<boolean>;
  isSharingScreen(): Promise<boolean>;
  isModerationOn(mediaType?: 'audio' | 'video'): Promise<boolean>;
  isParticipantForceMuted(participantId: string, mediaType?: 'audio' | 'video'): Promise<boolean>;
  isParticipantsPaneOpen(): Promise<boolean>;
  isStartSilent(): Promise<boolean>;
  isP2pActive(): Promise<boolean | null>;
  /** Waits until the person lets the meeting use a device; empty if that is refused. */
  getAvailableDevices(): Promise<AvailableDevices>;
  getCurrentDevices(): Promise<{ audioInput: Device | null; audioOutput: Device | null; videoInput: Device | null }>;
  isDeviceChangeAvailable(deviceType?: 'input' | 'output'): Promise<boolean>;
  isDeviceListAvailable(): Promise<boolean>;
  isMultipleAudioInputSupported(): Promise<boolean>;
  /** By label, or by id if the label is empty. Resolves with whether there is such a device. */
  setAudioInputDevice(label: string, id?: string): Promise<boolean>;
  setAudioOutputDevice(label: string, id?: string): Promise<boolean>;
  setVideoInputDevice(label: string, id?: string): Promise<boolean>;
  getContentSharingParticipants(): Promise<{ sharingParticipantIds: readonly string[] }>;
  getLivestreamUrl(): Promise<{ livestreamUrl: string | null }>;
  captureLargeVideoScreenshot(): Promise<{ dataURL?: string; error?: string }>;
  captureCameraPicture(cameraFacingMode?: string, descriptionText?: string, titleText?: string): Promise<string>;
  getRoomsInfo(): Promise<unknown>;
  listBreakoutRooms(): Promise<unknown>;
  getSessionId(): Promise<string>;
  getDeploymentInfo(): Promise<unknown>;
  getSharedDocumentUrl(): Promise<string>;
  getCustomAvatarBackgrounds(): Promise<{ avatarBackgrounds: readonly string[] }>;
  invite(invitees: readonly unknown[]): Promise<unknown>;
  _isNewElectronScreensharingSupported(): Promise<unknown>;
  _openDesktopPicker(): Promise<unknown>;

  /** Everybody in the meeting, oneself included. */
  getParticipantsInfo(): readonly ParticipantInfo[];
  getNumberOfParticipants(): number;
  getDisplayName(participantId: string): string | undefined;
  getEmail(participantId: string): string | undefined;
  getAvatarURL(participantId: string): string | undefined;
  isVisitor(): boolean;
  getVideoQuality(): number | undefined;
  getIFrame(): HTMLIFrameElement;
  getSupportedCommands(): readonly string[];
  getSupportedEvents(): readonly string[];

  pinParticipant(participantId?: string, videoType?: 'camera' | 'desktop'): void;
  setLargeVideoParticipant(participantId?: string, videoType?: 'camera' | 'desktop'): void;
  resizeLargeVideo(width: number, height: number): void;
  startRecording(options: unknown): void;
  stopRecording(mode: string, isTranscription?: boolean): void;
  setVirtualBackground(isEnabled: boolean, dataUrl: string): void;
  toggleE2EE(isEnabled: boolean): void;
  setMediaEncryptionKey(info: { key?: CryptoKey; index: number }): Promise<void>;
  showPiP(): void;
  hidePiP(): void;
  sendProxyConnectionEvent(event: unknown): void;

  /** Ends the meeting for this person and takes the iframe away. */
  dispose(): void;
}

export interface ExternalApiConstructor {
  /** @param domain of the server; may have a port, and a path (a tenant) */
  new (domain: string, options?: ExternalApiOptions): ExternalApi;
  /** The form of old embedders. */
  new (
    domain: string,
    roomName?: string,
    width?: number | string,
    height?: number | string,
    parentNode?: Element,
    configOverwrite?: Readonly<Record<string, unknown>>,
    interfaceConfigOverwrite?: Readonly<Record<string, unknown>>,
    jwt?: string,
    onload?: (event: unknown) => void,
    lang?: string,
  ): ExternalApi;
}

declare global {
  /** With `external_api.js` loaded by a script element. */
  // oxlint-disable-next-line no-var
  var JitsiMeetExternalAPI: ExternalApiConstructor;
}
