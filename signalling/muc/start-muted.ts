import { NS_START_MUTED } from '#protocol/xmpp/start-muted.ts';
import type { Occupant, Room } from './room.ts';

/** Copies the policy in a moderator's presence into the metadata. @returns whether that changed it. */
export function adoptStartMuted(room: Room, who: Occupant): boolean {
  if (who.role !== 'moderator') return false;
  const element = who.payload.find(({ name, attrs }) => name === 'startmuted' && attrs['xmlns'] === NS_START_MUTED);
  if (element === undefined) return false;
  const policy = { audio: element.attrs['audio'] === 'true', video: element.attrs['video'] === 'true' };
  if (JSON.stringify(room.metadata.get('startMuted')) === JSON.stringify(policy)) return false;
  return room.metadata.set('startMuted', policy) === undefined;
}
