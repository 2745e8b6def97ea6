/** What a room's clients agree on beside presence (wire note §7.7): JSON values under keys. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Keys that only servers set, as clients take them for facts or permissions (wire note §7.7). */
const SERVER_KEYS: ReadonlySet<string> = new Set([
  'allownersEnabled',
  'asyncTranscription',
  'audioTranslation',
  'conferencePresetsServiceEnabled',
  'dialinEnabled',
  'lobbyEnabled',
  'moderators',
  'participants',
  'participantsSoftLimit',
  'services',
  'transcription',
  'visitors',
  'visitorsEnabled',
]);
/** The one key with a meaning for this server: what moderators reserve for themselves, true under these names. */
export const PERMISSIONS_KEY = 'permissions';
const PERMISSIONS = [
  'groupChatRestricted',
  'pollCreationRestricted',
  'privateChatRestricted',
  // Ours: who may write to nobody in private may still write to moderators.
  'questionsAllowed',
] as const;
export type RoomPermission = (typeof PERMISSIONS)[number];
const MAX_KEYS = 32;
const MAX_KEY_LENGTH = 64;
const MAX_VALUE_LENGTH = 4_096;
/** Levels of arrays and objects in a value; real ones have three. */
const MAX_DEPTH = 12;
/** Each client gets its own from the server (wire note §7.7). */
const PERSONAL_KEY = 'services';

export type MetadataRefusal = 'reserved' | 'too-large';

/** The metadata of one room. */
export class RoomMetadata {
  readonly #values = new Map<string, JsonValue>();

  /** Stores a value that a moderator sent. @returns why not, or undefined. */
  set(key: string, value: JsonValue): MetadataRefusal | undefined {
    return SERVER_KEYS.has(key) ? 'reserved' : this.#set(key, value);
  }

  /** Stores what whoever runs the server wants. @param value null takes the key out. @returns why not, or undefined. */
  setByServer(key: string, value: JsonValue): MetadataRefusal | undefined {
    if (key === PERSONAL_KEY) return 'reserved';
    if (value !== null) return this.#set(key, value);
    this.#values.delete(key);
    return undefined;
  }

  #set(key: string, value: JsonValue): MetadataRefusal | undefined {
    if (isTooDeep(value)) return 'too-large';
    if (key === PERMISSIONS_KEY && !arePermissions(value)) return 'reserved';
    if (key.length > MAX_KEY_LENGTH || JSON.stringify(value).length > MAX_VALUE_LENGTH) return 'too-large';
    if (!this.#values.has(key) && this.#values.size >= MAX_KEYS) return 'too-large';
    this.#values.set(key, value);
    return undefined;
  }

  /** Takes over what moderators have reserved in another room. */
  adoptPermissions(other: RoomMetadata): void {
    const value = other.get(PERMISSIONS_KEY);
    if (value === undefined) this.#values.delete(PERMISSIONS_KEY);
    else this.#values.set(PERMISSIONS_KEY, value);
  }

  get(key: string): JsonValue | undefined {
    return this.#values.get(key);
  }

  /** What moderators have set to true. */
  get permissions(): ReadonlySet<RoomPermission> {
    const value = this.#values.get(PERMISSIONS_KEY) ?? {};
    return new Set(isObject(value) ? PERMISSIONS.filter((name) => value[name] === true) : []);
  }

  get values(): Readonly<Record<string, JsonValue>> {
    return Object.fromEntries(this.#values);
  }

  /**
   * The whole object; clients always get all of it.
   * @param services relays for the one who gets it, with credentials of its own.
   */
  toJson(services: readonly JsonValue[] = []): string {
    const metadata = services.length === 0 ? this.values : { ...this.values, [PERSONAL_KEY]: services };
    return JSON.stringify({ type: 'room_metadata', metadata });
  }
}

/** Whether a value has more levels than anybody needs; nothing may walk through it then. */
export function isTooDeep(value: JsonValue, levels = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item: JsonValue) => isTooDeep(item, levels - 1));
}

function arePermissions(value: JsonValue): boolean {
  const names: readonly string[] = PERMISSIONS;
  return (
    isObject(value) && Object.entries(value).every(([name, is]) => names.includes(name) && typeof is === 'boolean')
  );
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
