import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Sender } from '../routing/sender.ts';

/** Wire note, rule 4: the nick is the endpoint id. */
const ENDPOINT_ID = /^[0-9a-f]{8}$/;

/** Whether a sender may enter under a nick. */
export function judgeNick(sender: Sender, nick: string): StanzaError | undefined {
  const isFocus = sender.identity === undefined;
  if (sender.identity === undefined || nick === FOCUS_NICK) {
    return isFocus && nick === FOCUS_NICK ? undefined : stanzaError('auth', 'forbidden', 'This nick is the server’s.');
  }
  if (!ENDPOINT_ID.test(nick)) {
    return stanzaError('modify', 'not-acceptable', 'The nick must be an endpoint id: eight digits of 0-9 a-f.');
  }
  // An account has one address for many clients, so each of them makes an endpoint id up (wire note, rule 4).
  if (sender.identity.kind === 'account') return undefined;
  // Everybody else's is the beginning of the address, which nobody else's is: so nobody can take another's.
  if (!sender.jid.startsWith(nick)) {
    return stanzaError('modify', 'not-acceptable', 'The nick must be the first eight characters of your address.');
  }
  return undefined;
}
