import type { BreakoutRoom, MeetingState } from '../../client/meeting-types.ts';

/** The rooms of a meeting in the form in which Jitsi's page gives them to the page that embeds it. */

/** By id, people by their address; empty while there is no breakout room. */
export function roomMap({ breakout }: MeetingState): Readonly<Record<string, object>> {
  return Object.fromEntries(
    breakout.rooms.map((room) => {
      const { jid, name, isMain, people } = room;
      const participants = people.map(({ id, displayName, isModerator }) => [
        `${jid}/${id}`,
        { jid: `${jid}/${id}`, role: roleOf(isModerator), displayName },
      ]);
      const id = idOf(room);
      return [id, { id, jid, name, isMainRoom: isMain, participants: Object.fromEntries(participants) }];
    }),
  );
}

/** Every room and who is in it; without breakout rooms the one where we are. @param mainJid bare */
export function roomList(state: MeetingState, mainJid: string): readonly object[] {
  const { breakout, self, participants } = state;
  if (breakout.rooms.length === 0) {
    const people = [{ ...self, userId: self.matrixId }, ...participants].map(personOf(mainJid));
    return [{ id: mainJid, jid: `${mainJid}/${self.id}`, isMainRoom: true, participants: people }];
  }
  return breakout.rooms.map((room) => ({
    id: idOf(room),
    jid: room.jid,
    isMainRoom: room.isMain,
    participants: room.people.map(personOf(room.jid)),
  }));
}

/** A room by what embedders call it: its id or its address. @returns its address */
export function roomNamed({ breakout }: MeetingState, name: string): string {
  return breakout.rooms.find((room) => idOf(room) === name)?.jid ?? name;
}

interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly isModerator: boolean;
  readonly matrixId: string | undefined;
  readonly userId?: string | undefined;
}

function personOf(room: string) {
  return ({ id, displayName, isModerator, matrixId, userId = matrixId }: Person) => ({
    id,
    jid: `${room}/${id}`,
    role: roleOf(isModerator),
    displayName,
    ...userContext(userId),
  });
}

/** Who somebody is, by the server's word. */
export function userContext(userId: string | undefined): { readonly userContext?: { readonly id: string } } {
  return userId === undefined ? {} : { userContext: { id: userId } };
}

function roleOf(isModerator: boolean): string {
  return isModerator ? 'moderator' : 'participant';
}

/** As in Jitsi's meetings, the local part of its address. */
function idOf({ jid }: BreakoutRoom): string {
  return jid.split('@', 1)[0] ?? jid;
}
