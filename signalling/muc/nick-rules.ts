import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Sender } from '../routing/sender.ts';

/** Wire note, rule 4: the nick is the endpoint id. */
const ENDPOINT_ID = /^[0-9a-f]{8}$/;

/** Whether a sender may enter a room under a nick. */
export function judgeNick(sender: Sender, nick: string): StanzaError | undefined {
  const error = judgeNickForm(sender, nick);
  // An account, the gateway's too, has one address for many clients: each makes an endpoint id up (wire note, rule 4).
  const kind = sender.identity?.kind;
  if (error !== undefined || kind === undefined || kind === 'account' || kind === 'gateway') return error;
  // Everybody else's is the beginning of the address, which nobody else's is: so nobody can take another's.
  if (sender.jid.startsWith(nick)) return undefined;
  return stanzaError('modify', 'not-acceptable', 'The nick must be the first eight characters of your address.');
}

/** The same for a lobby, where nicks name no endpoint: Jitsi's client makes one up there. */
export function judgeNickForm(sender: Sender, nick: string): StanzaError | undefined {
  const isFocus = sender.identity === undefined;
  if (isFocus || nick === FOCUS_NICK) {
    return isFocus && nick === FOCUS_NICK ? undefined : stanzaError('auth', 'forbidden', 'This nick is the server’s.');
  }
  if (!ENDPOINT_ID.test(nick)) {
    return stanzaError('modify', 'not-acceptable', 'The nick must be an endpoint id: eight digits of 0-9 a-f.');
  }
  return undefined;
}
