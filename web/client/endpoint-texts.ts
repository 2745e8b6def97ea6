import type { BridgeLink } from './bridge/bridge-link.ts';
import { Emitter } from '#protocol/emitter.ts';
import type { EndpointText, EndpointTextControl } from './meeting-types.ts';

/** Name that such messages have at Jitsi's clients, too. */
const NAME = 'endpoint-text-message';
const MAX_TEXT_LENGTH = 16_384;

export interface EndpointTextPorts {
  readonly bridge: Pick<BridgeLink, 'say' | 'on'>;
  /** Bare JID of the room where we are. */
  readonly room: () => string;
  readonly isPresent: (id: string) => boolean;
}

/** Texts between the applications of two endpoints, through the bridge's channel; nothing of them shows. */
export class EndpointTexts extends Emitter<{ received: [EndpointText] }> implements EndpointTextControl {
  readonly #ports: EndpointTextPorts;

  constructor(ports: EndpointTextPorts) {
    super();
    this.#ports = ports;
    ports.bridge.on('message', (from, { name, text }) => {
      if (name !== NAME || typeof text !== 'string' || !ports.isPresent(from)) return;
      this.emit('received', { from, jid: `${ports.room()}/${from}`, text: text.slice(0, MAX_TEXT_LENGTH) });
    });
  }

  send(text: string, to: string): boolean {
    return this.#ports.bridge.say({ name: NAME, text: text.slice(0, MAX_TEXT_LENGTH) }, to);
  }

  onText(listener: (text: EndpointText) => void): () => void {
    return this.on('received', listener);
  }
}
