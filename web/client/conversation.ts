import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import { commandError } from './end-reasons.ts';
import type { StateStore } from './meeting-state.ts';
import { CommandError, type ChatControl, type MeetingState } from './meeting-types.ts';
import { correctionElement, reactionElements, retractionElements } from './room/chat-references.ts';
import type { ChatReference } from './room/chat-references.ts';
import { changeChat, chatAddress, nickElement, notice, ownMessage, readChat, writeChat } from './room/chat.ts';
import type { ChatContext, ChatInput, ChatMessage } from './room/chat.ts';

/** The room answers a change of a message by sending it to all, ourselves included. */
const ANSWER_TIMEOUT_MS = 10_000;

export interface ConversationPorts {
  /** Bare JID of the room where we are. */
  readonly room: () => string;
  readonly state: StateStore;
  readonly nameOf: (id: string) => string | undefined;
  readonly matrixIdOf: (id: string) => string | undefined;
  /** @returns false while we are not in the room */
  readonly send: (stanza: XmlElement, onTaken?: () => void) => boolean;
}

/** What we say in the chat, and what the room answers. */
export class Conversation implements ChatControl {
  readonly #ports: ConversationPorts;
  /** Changes of messages that the room has not answered yet, by stanza id. */
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();

  /** What was said in the other rooms of this meeting where we have been, by bare JID. */
  readonly #elsewhere = new Map<string, MeetingState['chat']>();

  constructor(ports: ConversationPorts) {
    this.#ports = ports;
  }

  send(text: string, { to, replyTo }: Parameters<ChatControl['send']>[1] = {}): string {
    const privateWith = to === undefined ? undefined : { id: to, name: this.#ports.nameOf(to) ?? '' };
    const message = ownMessage({ text, privateWith, replyTo }, this.#context());
    this.#change({ kind: 'add', entry: message });
    this.#transmit(message);
    return message.id;
  }

  resend(id: string): void {
    const message = this.#find(id);
    if (message === undefined) return;
    this.#change({ kind: 'sending', id });
    this.#transmit(message);
  }

  async edit(id: string, text: string): Promise<void> {
    await this.#refer(id, (messageId) => ({ kind: 'correction', id: messageId }), text);
  }

  async retract(id: string): Promise<void> {
    await this.#refer(id, (messageId) => ({ kind: 'retraction', id: messageId }));
  }

  async toggleReaction(id: string, emoji: string): Promise<void> {
    const ownId = this.#ports.state.value.self.id;
    const reactions = this.#find(id)?.reactions ?? [];
    const own = reactions.filter(({ by }) => by.some((person) => person.id === ownId)).map((one) => one.emoji);
    const isTakenBack = own.includes(emoji);
    const rest = isTakenBack ? own.filter((one) => one !== emoji) : [...own, emoji];
    const say = (all: readonly string[]) =>
      this.#refer(id, (messageId) => ({ kind: 'reactions', id: messageId, emoji: all }));
    // One reaction alone comes on top of earlier ones at Jitsi's clients and at ours, so these go first.
    if (isTakenBack && rest.length === 1) await say([]);
    await say(rest);
  }

  /** Takes a message of the room. */
  receive(stanza: XmlElement): void {
    this.#settle(stanza);
    const input = readChat(stanza, this.#context());
    if (input !== undefined) this.#change(input);
  }

  /** Each room has its own talk; the way back finds what was said. */
  changeRoom(from: string, to: string): void {
    this.sessionLost();
    this.#elsewhere.set(from, this.#ports.state.value.chat);
    this.#ports.state.patch({ chat: this.#elsewhere.get(to) ?? [] });
  }

  /** Somebody came or went. */
  note(kind: 'joined' | 'left', name: string): void {
    this.#change({ kind: 'add', entry: notice(kind, name, Date.now()) });
  }

  /** The session is another one: what was on its way will not arrive. */
  sessionLost(): void {
    this.#change({ kind: 'all-failed' });
    for (const { reject } of this.#awaited.values()) reject(new CommandError('not-connected', 'the session is gone'));
    this.#awaited.clear();
  }

  #transmit(message: ChatMessage): void {
    const isPrivate = message.privateWith !== undefined;
    // To the room: our own echo confirms. In private: the server's acknowledgement is all there is.
    const confirm = isPrivate ? () => this.#change({ kind: 'delivered', id: message.id }) : undefined;
    const isOnItsWay = this.#ports.send(writeChat(message, this.#ports.room()), confirm);
    if (!isOnItsWay) this.#change({ kind: 'failed', id: message.id });
  }

  /** Says something about a message. @throws CommandError */
  async #refer(id: string, referenceTo: (messageId: string) => ChatReference, text = ''): Promise<void> {
    const message = this.#find(id);
    if (message?.messageId === undefined || message.isRetracted) throw new CommandError('gone', 'no such message');
    const reference = referenceTo(message.messageId);
    const privateWith = message.privateWith?.id;
    const stanzaId = crypto.randomUUID();
    const answer = Promise.withResolvers<void>();
    this.#awaited.set(stanzaId, answer);
    const timer = setTimeout(() => answer.reject(new CommandError('timeout', 'no answer')), ANSWER_TIMEOUT_MS);
    try {
      const stanza = xml(
        'message',
        { ...chatAddress(this.#ports.room(), privateWith), id: stanzaId },
        contentOf(reference, text),
        nickElement(this.#ports.state.value.self.displayName),
      );
      // In private nothing comes back, so the server's acknowledgement has to do.
      const isOnItsWay = this.#ports.send(stanza, privateWith === undefined ? undefined : () => answer.resolve());
      if (!isOnItsWay) throw new CommandError('not-connected', 'not in the meeting now');
      await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#awaited.delete(stanzaId);
    }
    if (privateWith === undefined) return;
    const { id: ownId, displayName } = this.#ports.state.value.self;
    this.#change({ kind: 'refer', reference, by: { id: ownId, name: displayName }, isOwn: true, privateWith, text });
  }

  #settle({ attrs: { id, from, type }, ...stanza }: XmlElement): void {
    const answer = id === undefined ? undefined : this.#awaited.get(id);
    if (answer === undefined || from === undefined || bareOf(from) !== this.#ports.room()) return;
    if (type === 'error') {
      const error = readStanzaError({ attrs: {}, ...stanza });
      answer.reject(commandError(new RequestError('refused', error?.text ?? 'the room refused it', error)));
    } else if (resourceOf(from) === this.#ports.state.value.self.id) {
      answer.resolve();
    }
  }

  #find(id: string): ChatMessage | undefined {
    return this.#ports.state.value.chat.find((entry) => entry.type === 'message' && entry.id === id) as
      ChatMessage | undefined;
  }

  #change(input: ChatInput): void {
    this.#ports.state.patch({ chat: changeChat(this.#ports.state.value.chat, input) });
  }

  #context(): ChatContext {
    const { id, displayName } = this.#ports.state.value.self;
    const { room, nameOf, matrixIdOf } = this.#ports;
    return { room: room(), ownId: id, ownName: displayName, nameOf, matrixIdOf, nowMs: Date.now() };
  }
}

function contentOf(reference: ChatReference, text: string): readonly XmlElement[] {
  switch (reference.kind) {
    case 'correction':
      return [xml('body', {}, text), correctionElement(reference.id)];
    case 'retraction':
      return retractionElements(reference.id);
    case 'reactions':
      return reactionElements(reference.id, reference.emoji);
  }
}
