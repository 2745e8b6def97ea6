import type { Occupant } from '../room/presence.ts';

/** When two people's media goes from one to the other without the bridge, as pure rules (wire note §5.12). */

/** What decides whether, and with whom, we talk directly. */
export interface Company {
  /** Everybody else in the room, whoever they are; without the focus. */
  readonly others: ReadonlyMap<string, Occupant>;
  /** We share our screen. */
  readonly isSharing: boolean;
  /**
   * Moderators keep a kind of media for themselves: what goes past the bridge could not be held back by the server.
   */
  readonly isReserved: boolean;
  /** This person wants to see nobody: only the bridge can keep pictures back whatever client the other has. */
  readonly wantsPictures: boolean;
}

/**
 * The one with whom we could talk directly, if there is one.
 *
 * A screen goes through the bridge, with all else of that time: it is a third and a fourth stream, which two clients
 * would have to negotiate anew, and the bridge has room for it at once.
 */
export function directPeer({ others, isSharing, isReserved, wantsPictures }: Company): string | undefined {
  const [peer] = others.values();
  if (peer === undefined || others.size > 1 || isSharing || isReserved || !wantsPictures) return undefined;
  const sharesScreen = Array.from(peer.sources.values()).some(
    ({ videoType, isMuted }) => videoType === 'desktop' && !isMuted,
  );
  return sharesScreen ? undefined : peer.nick;
}

/** The smaller endpoint id asks, the other one waits to be asked. */
export function isOurTurn(ownId: string, peer: string): boolean {
  return ownId < peer;
}

/** Two who have just met: who else is on the way comes first, and so does the bridge. */
export const FIRST_START_AFTER_MS = 1_000;
/** Back from three, or from a shared screen: whoever went often comes again (Jitsi's `backToP2PDelay`). */
export const NEXT_START_AFTER_MS = 5_000;

/** @param wasOtherwise the same two people could not talk directly a moment ago */
export function startDelayMs(wasOtherwise: boolean): number {
  return wasOtherwise ? NEXT_START_AFTER_MS : FIRST_START_AFTER_MS;
}
