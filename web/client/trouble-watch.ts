import type { Connection } from '#protocol/xmpp-client/connection.ts';
import type { BridgeLink } from './bridge/bridge-link.ts';
import type { StateStore } from './meeting-state.ts';
import type { Trouble } from './meeting-types.ts';
import type { MediaRecovery } from './session/recovery.ts';
import { Hysteresis, troublesOf } from './troubles.ts';

/** Part of the packets that is lost. */
const BAD_LOSS = 0.1;

interface TroubleWatchPorts {
  readonly connection: Connection;
  /** Of the server, as the page names it. */
  readonly host: string;
  readonly recovery: MediaRecovery;
  readonly bridge: BridgeLink;
  readonly state: StateStore;
  /** Media takes another way than the bridge's. */
  readonly isDirect: () => boolean;
}

/** Puts together what is wrong now, from the connection, the recovery of media and our own rates. */
export class TroubleWatch {
  readonly #ports: TroubleWatchPorts;
  readonly #badReceive = new Hysteresis(3, 5);
  readonly #badSend = new Hysteresis(3, 5);
  #media: Trouble | undefined;

  constructor(ports: TroubleWatchPorts) {
    this.#ports = ports;
    const { connection, recovery, bridge } = ports;
    connection.on('state', () => this.show());
    recovery.on('trouble', (trouble) => {
      this.#media = trouble;
      this.show();
    });
    bridge.on('rates', ({ receiveLoss, sendLoss }) => {
      this.#badReceive.sample(receiveLoss > BAD_LOSS);
      this.#badSend.sample(sendLoss > BAD_LOSS);
      this.show();
    });
  }

  show(): void {
    const { connection, host, state, isDirect } = this.#ports;
    if (state.value.phase.name === 'ended') return;
    const troubles = troublesOf({
      connection: connection.state,
      host,
      // What is wrong with the way to the bridge is no trouble while media takes another one.
      media: isDirect() ? undefined : this.#media,
      isReceivingBadly: this.#badReceive.isBad,
      isSendingBadly: this.#badSend.isBad,
    });
    if (troubles.length > 0 || state.value.troubles.length > 0) state.patch({ troubles });
  }
}
