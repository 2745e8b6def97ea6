import type { MediaThread } from '../media/media-thread.ts';
import { SharedRoom } from './shared-room.ts';

/** The meetings this gateway's phones are in, by bare address. */
export class RoomTable {
  readonly #openMedia: () => Promise<Pick<MediaThread, 'openRoom'>>;
  readonly #rooms = new Map<string, Promise<SharedRoom>>();

  constructor(openMedia: () => Promise<Pick<MediaThread, 'openRoom'>>) {
    this.#openMedia = openMedia;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /**
   * The room, made if nobody is in it yet; held once for the caller, who must release it.
   * @throws MediaError when there is no socket for it
   */
  async hold(jid: string): Promise<SharedRoom> {
    const room = this.#rooms.get(jid) ?? this.#make(jid);
    const shared = await room;
    // It may have emptied and gone while we waited.
    if (this.#rooms.get(jid) !== room) return this.hold(jid);
    shared.hold();
    return shared;
  }

  #make(jid: string): Promise<SharedRoom> {
    const forget = (): void => {
      // Another one may have been made since.
      if (this.#rooms.get(jid) === room) this.#rooms.delete(jid);
    };
    const room = this.#open(forget);
    this.#rooms.set(jid, room);
    room.catch(forget);
    return room;
  }

  async #open(forget: () => void): Promise<SharedRoom> {
    const media = await this.#openMedia();
    const mixer = await media.openRoom();
    // The media thread died; whoever still holds it has lost its leg too.
    mixer.once('closed', forget);
    return new SharedRoom(mixer, forget);
  }
}
