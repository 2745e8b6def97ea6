import { stanzaError } from '#protocol/xmpp/stanza.ts';
import { IqTable } from '../routing/iq-table.ts';
import type { Component } from '../routing/router.ts';
import { discoHandlers } from './disco.ts';
import { pingHandler } from './ping.ts';

/** Also the node under which Jitsi's clients ask (wire note §2.1). */
const IDENTITY_TYPE = 'lobbyrooms';
const FEATURE_DISPLAY_NAME_REQUIRED = 'http://jitsi.org/protocol/lobbyrooms#displayname_required';

/** The host of lobbies: says what they are like. The lobbies themselves are rooms (muc/lobby-service.ts). */
export function lobbyComponent(host: string): Component {
  return {
    host,
    iqs: new IqTable([
      ...discoHandlers({
        identities: [{ category: 'component', type: IDENTITY_TYPE }],
        features: [FEATURE_DISPLAY_NAME_REQUIRED],
        node: IDENTITY_TYPE,
      }),
      pingHandler,
    ]),
    receiveMessage: () => stanzaError('cancel', 'service-unavailable'),
  };
}
