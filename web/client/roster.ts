import type { BridgeLink } from './bridge/bridge-link.ts';
import type { StateStore } from './meeting-state.ts';
import type { ConnectionQuality } from './meeting-types.ts';
import { participantsOf } from './participants.ts';
import { qualityOf } from './stats/media-statistics.ts';
import type { Stay } from './stay.ts';

interface RosterPorts {
  readonly bridge: BridgeLink;
  readonly state: StateStore;
  readonly stay: () => Stay | undefined;
}

/** Who is in the room with us and what of them arrives, as the page sees it. */
export class Roster {
  readonly #ports: RosterPorts;
  readonly #qualities = new Map<string, ConnectionQuality>();
  #forwarded: ReadonlySet<string> | undefined;

  constructor(ports: RosterPorts) {
    this.#ports = ports;
    const { bridge, state } = ports;
    bridge.on('forwarded', (forwarded) => {
      this.#forwarded = forwarded;
      this.show();
    });
    bridge.on('quality', (id, percent) => {
      this.#qualities.set(id, qualityOf(percent));
      this.show();
    });
    bridge.on('rates', ({ connectionQuality }) => state.patchSelf({ quality: qualityOf(connectionQuality) }));
  }

  show(): void {
    const { state } = this.#ports;
    const stay = this.#ports.stay();
    if (stay?.room.isJoined !== true) return;
    const facts = {
      occupants: stay.room.occupants,
      received: stay.received(),
      forwarded: this.#forwarded,
      qualities: this.#qualities,
    };
    const isDirect = stay.peer.media !== undefined;
    state.patch({ participants: participantsOf(facts, state.value.participants), isDirect });
  }

  /** Somebody is gone. */
  forget(id: string): void {
    this.#qualities.delete(id);
  }

  /** Another stay begins: its bridge has not said yet what it sends. */
  begin(): void {
    this.#forwarded = undefined;
  }

  /** Others are in the room where we go. */
  changeRoom(): void {
    this.#qualities.clear();
  }
}
