import {
  readAvModerationRequest,
  type AvModerationNotice,
  type AvModerationRequest,
} from '#protocol/xmpp/av-moderation.ts';
import { child } from '#protocol/xmpp/element.ts';
import { componentMessage } from '#protocol/xmpp/json-message.ts';
import type { MuteKind } from '#protocol/xmpp/mute.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Occupant, Room, Send } from '../muc/room.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { MALFORMED, ONLY_MODERATORS, UNKNOWN_MESSAGE, type RoomModule } from './room-module.ts';

/** Moderation of one kind of media in one room. */
interface Moderation {
  /** Nick of who switched it on. */
  readonly actor: string;
  /** Nicks of those who may send nonetheless. */
  readonly approved: Set<string>;
}
type Moderated = Map<MuteKind, Moderation>;

/**
 * While moderation of a kind of media is on, only moderators send it, and those whom they approve (wire note §7.3). People
 * ask by raising their hand, which is in their presence. The focus gets the same messages as moderators do, and holds
 * back at the bridge what clients send all the same.
 */
export function avModeration(host: string): RoomModule {
  const rooms = new WeakMap<Room, Moderated>();
  const moderatedIn = (room: Room): Moderated => rooms.get(room) ?? new Map<MuteKind, Moderation>();
  const say = (to: readonly string[], notice: AvModerationNotice): Send => ({
    stanza: new OutgoingStanza(componentMessage(host, notice)),
    to,
  });

  const switched = (room: Room, to: readonly string[], mediaType: MuteKind, actor: string, enabled: boolean): Send =>
    say(to, { type: 'av_moderation', enabled, mediaType, room: room.jid, actor: `${room.jid}/${actor}` });

  const whitelists = (room: Room, to: readonly string[], mediaType: MuteKind, isRemoved = false): Send => {
    const lists = [...moderatedIn(room)].map(([kind, { approved }]) => [
      kind,
      [...approved].map((nick) => `${room.jid}/${nick}`),
    ]);
    return say(to, {
      type: 'av_moderation',
      room: room.jid,
      mediaType,
      ...(isRemoved ? { removed: true } : {}),
      whitelists: Object.fromEntries(lists),
    });
  };

  const allWhitelists = (room: Room, who: Occupant): Send[] => {
    const [kind] = moderatedIn(room).keys();
    return kind === undefined || who.role !== 'moderator' ? [] : [whitelists(room, [who.jid], kind)];
  };

  const turn = (room: Room, actor: Occupant, mediaType: MuteKind, isOn: boolean): Send[] => {
    const moderated = moderatedIn(room);
    // Two moderators may ask for the same at once; the first one is the actor.
    if (moderated.has(mediaType) === isOn) return [];
    if (isOn) moderated.set(mediaType, { actor: actor.nick, approved: new Set() });
    else moderated.delete(mediaType);
    rooms.set(room, moderated);
    return [switched(room, room.receivers(), mediaType, actor.nick, isOn)];
  };

  const decide = (
    room: Room,
    { kind, mediaType, target }: Extract<AvModerationRequest, { target: string }>,
  ): Send[] | StanzaError => {
    const moderation = moderatedIn(room).get(mediaType);
    if (moderation === undefined) return stanzaError('wait', 'unexpected-request', 'This is not moderated now.');
    const who = occupantAt(room, target);
    if (who === undefined) return stanzaError('cancel', 'item-not-found');
    const isApproval = kind === 'approve';
    if (moderation.approved.has(who.nick) === isApproval) return [];
    if (isApproval) moderation.approved.add(who.nick);
    else moderation.approved.delete(who.nick);
    return [
      whitelists(room, moderators(room), mediaType, !isApproval),
      say([who.jid], { type: 'av_moderation', mediaType, ...(isApproval ? { approved: true } : { removed: true }) }),
    ];
  };

  return {
    host,
    identityType: 'av_moderation',
    receive: (room, actor, message) => {
      if (child(message, 'av_moderation') === undefined) return UNKNOWN_MESSAGE;
      if (actor.role !== 'moderator') return ONLY_MODERATORS;
      const request = readAvModerationRequest(message);
      if (request === undefined) return MALFORMED;
      return request.kind === 'switch' ? turn(room, actor, request.mediaType, request.isOn) : decide(room, request);
    },
    entered: (room, who) => [
      ...[...moderatedIn(room)].map(([kind, { actor }]) => switched(room, [who.jid], kind, actor, true)),
      ...allWhitelists(room, who),
    ],
    changed: (room, before, now) => (before.role === now.role ? [] : allWhitelists(room, now)),
    left: (room, who) => {
      for (const { approved } of moderatedIn(room).values()) approved.delete(who.nick);
      return [];
    },
  };
}

function occupantAt(room: Room, address: string): Occupant | undefined {
  return address.startsWith(`${room.jid}/`) ? room.byNick(address.slice(room.jid.length + 1)) : undefined;
}

function moderators(room: Room): string[] {
  return [...room.occupants].filter(({ role }) => role === 'moderator').map(({ jid }) => jid);
}
