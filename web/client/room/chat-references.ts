import { child, childElements, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';

/** What a message says about another one: answers, corrections, retractions, reactions (wire note §4.4). */

/** XEP-0461; Jitsi's client puts the id of the message into `to`. */
const NS_REPLY = 'urn:xmpp:reply:0';
/** XEP-0424 */
const NS_RETRACT = 'urn:xmpp:message-retract:1';
/** XEP-0444 */
const NS_REACTIONS = 'urn:xmpp:reactions:0';
/** XEP-0308 */
const NS_CORRECT = 'urn:xmpp:message-correct:0';
/** XEP-0428 */
const NS_FALLBACK = 'urn:xmpp:fallback:0';
/** XEP-0334 */
const NS_HINTS = 'urn:xmpp:hints';

const MAX_ID = 256;
const MAX_REACTIONS = 20;
/** UTF-16 code units; the longest emoji are sequences of about 15. */
const MAX_EMOJI = 32;
/** Pictures with what may join and colour them, flags, keycaps; no words. */
const EMOJI =
  /^(?=.*[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3])[\p{Extended_Pictographic}\p{Emoji_Component}]+$/u;
/** For programs that know nothing of retractions; they show it as a message. */
const RETRACTION_TEXT = 'I took a message back. Your program may still show it.';

export type ChatReference =
  | { readonly kind: 'retraction' | 'correction'; readonly id: string }
  /** `emoji` empty: all reactions of the sender are taken back. */
  | { readonly kind: 'reactions'; readonly id: string; readonly emoji: readonly string[] };

/** Reads what a message changes of another one; undefined if nothing that makes sense. */
export function readReference(message: XmlElement): ChatReference | undefined {
  const retraction = child(message, 'retract', NS_RETRACT);
  if (retraction !== undefined) return withId('retraction', retraction.attrs['id']);
  const correction = child(message, 'replace', NS_CORRECT);
  if (correction !== undefined) return withId('correction', correction.attrs['id']);
  const reactions = child(message, 'reactions', NS_REACTIONS);
  const id = readId(reactions?.attrs['id']);
  if (reactions === undefined || id === undefined) return undefined;
  const said = childElements(reactions, 'reaction').slice(0, MAX_REACTIONS);
  const emoji = said.map(text).filter((one) => one.length <= MAX_EMOJI && EMOJI.test(one));
  // Nothing but words instead of pictures takes nothing back.
  return said.length > 0 && emoji.length === 0 ? undefined : { kind: 'reactions', id, emoji: [...new Set(emoji)] };
}

/** Id of the message that this one answers. */
export function readReply(message: XmlElement): string | undefined {
  const { id, to } = child(message, 'reply', NS_REPLY)?.attrs ?? {};
  return readId(id ?? to);
}

export function replyElement(id: string): XmlElement {
  return xml('reply', { xmlns: NS_REPLY, to: id });
}

export function correctionElement(id: string): XmlElement {
  return xml('replace', { xmlns: NS_CORRECT, id });
}

export function retractionElements(id: string): readonly XmlElement[] {
  return [
    xml('retract', { xmlns: NS_RETRACT, id }),
    xml('body', {}, RETRACTION_TEXT),
    xml('fallback', { xmlns: NS_FALLBACK, for: NS_RETRACT }),
    xml('store', { xmlns: NS_HINTS }),
  ];
}

/** @param emoji all that the sender thinks of the message now */
export function reactionElements(id: string, emoji: readonly string[]): readonly XmlElement[] {
  const reactions = emoji.map((one) => xml('reaction', {}, one));
  return [xml('reactions', { xmlns: NS_REACTIONS, id }, reactions), xml('store', { xmlns: NS_HINTS })];
}

function withId(kind: 'retraction' | 'correction', attribute: string | undefined): ChatReference | undefined {
  const id = readId(attribute);
  return id === undefined ? undefined : { kind, id };
}

function readId(id: string | undefined): string | undefined {
  return id === undefined || id === '' || id.length > MAX_ID ? undefined : id;
}
