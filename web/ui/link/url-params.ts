import { cleanName } from '../clean-name.ts';
import { fragmentValues, subtree, type ValueTree, valueTree } from './fragment-values.ts';

/**
 * What a link may ask of the page. Jitsi's form: the query has `jwt`, `lang` and `release`, the fragment `key=JSON` pairs
 * of which only those below are looked at, so that no link can change where the page connects, what it loads or whom it
 * tells. Absent means: not asked.
 */
export interface UrlParams extends ConfigParams {
  /** Room token: `#jwt="…"`, else `?jwt=…`. */
  readonly token?: string;
  /** `#jitsi_meet_external_api_id=0`: a page embeds us and speaks the iframe API; its how-manieth meeting this is. */
  readonly apiId?: number;
  /** `?lang=enGB`, else `#config.defaultLanguage="el"`; a language tag (BCP 47). */
  readonly language?: string;
  /** `#userInfo.displayName="Ann"` */
  readonly displayName?: string;
  /** `#userInfo.email="…"`; from Element it is a Matrix user id. Told back to the page that embeds us and to nobody else. */
  readonly email?: string;
  /** `#devices.audioInput="Headset"`: the device's label. `null`: begin without it, muted. */
  readonly microphoneLabel?: string | null;
  readonly cameraLabel?: string | null;
  readonly speakerLabel?: string | null;
}

/** Settings that a link gives as `#config.…`, and the page that embeds us while the meeting runs. */
export interface ConfigParams {
  /** `prejoinConfig.enabled`, or `prejoinPageEnabled`; false joins at once. */
  readonly prejoin?: boolean;
  readonly startWithAudioMuted?: boolean;
  readonly startWithVideoMuted?: boolean;
  /** `p2p.enabled`: false keeps media on the bridge; it cannot be switched on where the server has it off. */
  readonly peerToPeer?: boolean;
  /** No pictures in either direction, to begin with. */
  readonly startAudioOnly?: boolean;
  /** What the meeting is called: for everybody if this person moderates, else on this page only. */
  readonly subject?: string;
  /** What the meeting is called on this page. */
  readonly localSubject?: string;
  /** Levels of log lines that the page that embeds us wants to see. */
  readonly apiLogLevels?: readonly string[];
  /** The buttons to show, by Jitsi's names; all if absent. Older links say it as `interfaceConfig.TOOLBAR_BUTTONS`. */
  readonly toolbarButtons?: readonly string[];
  /** Buttons, by the same names, that are not to be there: `disableInviteFunctions`, `disablePolls` and the like. */
  readonly absentButtons?: readonly string[];
  /** Buttons of which the page that embeds us wants to know, by Jitsi's names, and whether it acts in our place. */
  readonly buttonsWithNotifyClick?: ReadonlyMap<string, { readonly preventsExecution: boolean }>;
  /** `conferenceInfo.autoHide` is there and empty: neither name nor duration of the meeting are shown. */
  readonly hidesInfo?: boolean;
  /** `hideConferenceSubject` */
  readonly hidesSubject?: boolean;
  /** `hideConferenceTimer` */
  readonly hidesTimer?: boolean;
  /** `disableSelfViewSettings`: whether one sees oneself is not offered as a choice. */
  readonly disablesSelfViewSettings?: boolean;
  /** `disableSelfView`: one does not see oneself, to begin with. */
  readonly hidesSelf?: boolean;
  /** `disableShortcuts` */
  readonly disablesShortcuts?: boolean;
  /** `readOnlyName`, `disableProfile`: whoever was given a name keeps it. */
  readonly fixesName?: boolean;
  /** `remoteVideoMenu.disableKick`: removing people is not offered. */
  readonly hidesKick?: boolean;
  /** `remoteVideoMenu.disableGrantModerator` */
  readonly hidesGrantModerator?: boolean;
  /** `lobby.autoKnock`, `autoKnockLobby`: who has a name and finds a lobby asks to be let in at once. */
  readonly knocksAtOnce?: boolean;
}

/** Query and fragment with their `?` and `#`, as `Location` has them. */
export interface LinkParts {
  readonly search: string;
  readonly hash: string;
}

/** UTF-16 code units. Embedders put a token in both parts, and what they kept of earlier meetings. */
const MAX_LINK_LENGTH = 131_072;
/** Servers take no longer ones, and so long a WebSocket address would not even reach them. */
const MAX_TOKEN_LENGTH = 8192;
const MAX_LABEL_LENGTH = 256;
const MAX_LIST_LENGTH = 100;
const MAX_API_ID = 1_000_000;

/** Unknown keys, values of the wrong type and what is no JSON are ignored: a link must never break the page. */
export function parseUrlParams({ search, hash }: LinkParts): UrlParams {
  if (search.length + hash.length > MAX_LINK_LENGTH) return {};
  const query = new URLSearchParams(search);
  const values = fragmentValues(hash);
  const config = subtree(values, 'config');
  const userInfo = subtree(values, 'userInfo');
  const devices = subtree(values, 'devices');
  const id = values['jitsi_meet_external_api_id'];
  // Where it is empty, Element does not mean that there shall be none.
  const olderButtons = names(subtree(values, 'interfaceConfig')['TOOLBAR_BUTTONS']);
  return withoutUndefined({
    ...(olderButtons?.length ? { toolbarButtons: olderButtons } : {}),
    ...parseConfigTree(config),
    token: token(values['jwt']) ?? token(query.get('jwt')),
    apiId: typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= MAX_API_ID ? id : undefined,
    language: languageTag(query.get('lang')) ?? languageTag(config['defaultLanguage']),
    displayName: line(userInfo['displayName']),
    email: line(userInfo['email']),
    microphoneLabel: label(devices['audioInput']),
    cameraLabel: label(devices['videoInput']),
    speakerLabel: label(devices['audioOutput']),
  });
}

/** The same keys from an object, as `overwriteConfig` sends it. */
export function parseConfig(value: unknown): ConfigParams {
  return parseConfigTree(valueTree(value));
}

/** Buttons that embedders take away one by one. */
const SWITCHES_OF_BUTTONS = {
  disableChat: 'chat',
  disableInviteFunctions: 'invite',
  disablePolls: 'polls',
  disableReactions: 'reactions',
  disableTileView: 'tileview',
} as const;

function absentButtons(config: ValueTree): readonly string[] | undefined {
  const absent: string[] = Object.entries(SWITCHES_OF_BUTTONS).flatMap(([key, button]) =>
    config[key] === true ? [button] : [],
  );
  if (subtree(config, 'speakerStats')['disabled'] === true) absent.push('stats');
  return absent.length > 0 ? absent : undefined;
}

function parseConfigTree(config: ValueTree): ConfigParams {
  const personMenu = subtree(config, 'remoteVideoMenu');
  const conferenceInfo = subtree(config, 'conferenceInfo');
  const autoHide = conferenceInfo['autoHide'];
  return withoutUndefined({
    prejoin: flag(subtree(config, 'prejoinConfig')['enabled']) ?? flag(config['prejoinPageEnabled']),
    startWithAudioMuted: flag(config['startWithAudioMuted']),
    startWithVideoMuted: flag(config['startWithVideoMuted']),
    peerToPeer: flag(subtree(config, 'p2p')['enabled']),
    startAudioOnly: flag(config['startAudioOnly']),
    subject: line(config['subject']),
    localSubject: line(config['localSubject']),
    apiLogLevels: names(config['apiLogLevels']),
    toolbarButtons: names(config['toolbarButtons']),
    buttonsWithNotifyClick: notifyButtons(config['buttonsWithNotifyClick']),
    hidesInfo: Array.isArray(autoHide) ? autoHide.length === 0 : undefined,
    absentButtons: absentButtons(config),
    hidesSubject: flag(config['hideConferenceSubject']),
    hidesTimer: flag(config['hideConferenceTimer']),
    disablesSelfViewSettings: flag(config['disableSelfViewSettings']),
    hidesSelf: flag(config['disableSelfView']),
    disablesShortcuts: flag(config['disableShortcuts']),
    fixesName: flag(config['readOnlyName']) ?? flag(config['disableProfile']),
    hidesKick: flag(personMenu['disableKick']),
    hidesGrantModerator: flag(personMenu['disableGrantModerator']),
    knocksAtOnce: flag(subtree(config, 'lobby')['autoKnock']) ?? flag(config['autoKnockLobby']),
  });
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function line(value: unknown): string | undefined {
  return typeof value === 'string' ? cleanName(value) || undefined : undefined;
}

function token(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TOKEN_LENGTH ? value : undefined;
}

function label(value: unknown): string | null | undefined {
  if (value === null) return null;
  return typeof value === 'string' && value !== '' && value.length <= MAX_LABEL_LENGTH ? value : undefined;
}

function names(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, MAX_LIST_LENGTH).filter((item: unknown) => typeof item === 'string');
}

/** `"camera"`, in whose place the page acts, or `{ "key": "camera", "preventExecution": false }`. */
function notifyButtons(value: unknown): ConfigParams['buttonsWithNotifyClick'] {
  if (!Array.isArray(value)) return undefined;
  const entries = value.slice(0, MAX_LIST_LENGTH).flatMap((item: unknown) => {
    if (typeof item === 'string') return [[item, { preventsExecution: true }] as const];
    const { key, preventExecution } = valueTree(item);
    return typeof key === 'string' ? [[key, { preventsExecution: preventExecution === true }] as const] : [];
  });
  return new Map(entries);
}

/** `en`, `en-GB`, and Jitsi's way of writing the same: `enGB`. */
function languageTag(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [, language, region] = /^([a-z]{2,3})-?([A-Za-z]{2,8})?$/u.exec(value) ?? [];
  if (language === undefined) return undefined;
  return region === undefined ? language : `${language}-${region}`;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
