import { ownFields } from '#protocol/iframe-api/own-fields.ts';

/** Somebody in the meeting, as the embedder may ask for without a message to the iframe. */
export interface RosterEntry {
  readonly displayName?: string;
  readonly formattedDisplayName?: string;
  readonly email?: string;
  readonly avatarURL?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Who is in the meeting, from its events. */
export class Roster {
  #ownId: string | undefined;
  #isVisitor = false;
  #onStage: string | undefined;
  #videoQuality: number | undefined;
  readonly #people = new Map<string, RosterEntry>();
  /** In all rooms of the meeting; undefined while there is one. */
  #countInRooms: number | undefined;

  get ownId(): string | undefined {
    return this.#ownId;
  }
  get isVisitor(): boolean {
    return this.#isVisitor;
  }
  /** Id of whose picture is the large one. */
  get onStage(): string | undefined {
    return this.#onStage;
  }
  get videoQuality(): number | undefined {
    return this.#videoQuality;
  }
  /** People in the meeting, in its breakout rooms, too; oneself included. */
  get count(): number {
    return this.#countInRooms ?? this.#people.size;
  }
  /** By id, oneself included. */
  get people(): ReadonlyMap<string, RosterEntry> {
    return this.#people;
  }

  /** Takes an event of the meeting, by its name on the wire. */
  apply(name: string, fields: Fields): void {
    const id = text(fields['id']);
    switch (name) {
      case 'video-conference-joined':
        this.#ownId = id;
        this.#isVisitor = fields['visitor'] === true;
        this.#put(id, { ...named(fields), ...texts(fields, 'avatarURL', 'email') });
        return;
      case 'video-conference-left':
        this.#ownId = undefined;
        this.#countInRooms = undefined;
        this.#people.clear();
        return;
      case 'participant-joined':
        this.#put(id, { ...named(fields), ...texts(fields, 'avatarURL', 'email') });
        return;
      case 'participant-left':
        if (id !== undefined) this.#people.delete(id);
        return;
      case 'display-name-change': {
        const displayName = text(fields['displayname']);
        this.#change(id, {
          ...texts(fields, 'formattedDisplayName'),
          ...(displayName === undefined ? {} : { displayName }),
        });
        return;
      }
      case 'email-change':
        this.#change(id, texts(fields, 'email'));
        return;
      case 'avatar-changed':
        this.#change(id, texts(fields, 'avatarURL'));
        return;
      case 'breakout-rooms-updated':
        this.#countInRooms = countIn(fields['rooms']);
        return;
      case 'on-stage-participant-changed':
        this.#onStage = id;
        return;
      case 'video-quality-changed': {
        const { videoQuality } = ownFields(fields);
        this.#videoQuality = typeof videoQuality === 'number' ? videoQuality : undefined;
        return;
      }
    }
  }

  #put(id: string | undefined, entry: RosterEntry): void {
    if (id !== undefined) this.#people.set(id, entry);
  }

  #change(id: string | undefined, change: RosterEntry): void {
    const known = id === undefined ? undefined : this.#people.get(id);
    if (known !== undefined) this.#put(id, { ...known, ...change });
  }
}

/** @returns undefined where there is no room beside the main one */
function countIn(rooms: unknown): number | undefined {
  const all = Object.values(ownFields(rooms));
  if (all.length === 0) return undefined;
  return all.reduce<number>((sum, room) => sum + Object.keys(ownFields(ownFields(room)['participants'])).length, 0);
}

function named(fields: Fields): RosterEntry {
  return texts(fields, 'displayName', 'formattedDisplayName');
}

function texts(fields: Fields, ...names: readonly (keyof RosterEntry)[]): RosterEntry {
  return Object.fromEntries(names.flatMap((name) => (text(fields[name]) === undefined ? [] : [[name, fields[name]]])));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
