import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Room } from './room.ts';

/** What a chat service must know of breakout rooms: they have the members and bans of the room they belong to. */
export interface BreakoutRules {
  /** The main room of a breakout room; undefined for every other one. */
  mainOf(jid: string): Room | undefined;
  /** Whether a meeting with breakout rooms has a moderator in any of its rooms, or on the way between them. */
  isModerated(room: Room): boolean;
  /** Why somebody may not enter a breakout room, or have it opened, or undefined. @param jid full real address. */
  judgeEntry(jid: string, breakoutJid: string): StanzaError | undefined;
}
