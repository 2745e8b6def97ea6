import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { tokenFeature } from '../identity/access-rules.ts';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import type { Occupant, Room } from './room.ts';

/** What moderators may do where no token says otherwise (wire note §8). */
const MODERATOR_PERMISSIONS = [
  'livestreaming',
  'recording',
  'transcription',
  'outbound-call',
  'create-polls',
  'send-groupchat',
  'send-private-message',
  'flip',
  'live-translation',
  'live-translation-subscribe',
] as const;

const moderatorPermissions = xml(
  'permissions',
  { xmlns: NS_JITMEET },
  MODERATOR_PERMISSIONS.map((name) => xml('p', { name, val: true })),
);

type Standing = Pick<Occupant, 'role' | 'identity'>;

/** `<permissions/>` of a moderator's own presence; who has a token with features knows them from there. */
export function permissionsElement({ role, identity }: Standing): XmlElement | undefined {
  if (identity === undefined || role !== 'moderator') return undefined;
  return identity.kind === 'token' && identity.token.features !== undefined ? undefined : moderatorPermissions;
}

/** What moderators may reserve for themselves, as the metadata's `permissions` say, by the feature of tokens it is about. */
const RESTRICTIONS = {
  'create-polls': 'pollCreationRestricted',
  'send-groupchat': 'groupChatRestricted',
  'send-private-message': 'privateChatRestricted',
} as const;

/** Whether someone may use a feature: its token decides where it says so, else what moderators have reserved. */
export function mayUse(
  { metadata }: Pick<Room, 'metadata'>,
  { role, identity }: Standing,
  feature: keyof typeof RESTRICTIONS,
): boolean {
  const said = identity === undefined ? undefined : tokenFeature(identity, feature);
  return said ?? (role === 'moderator' || !metadata.permissions.has(RESTRICTIONS[feature]));
}

export const NOT_ALLOWED_HERE = stanzaError('auth', 'forbidden', 'You may not do this in this meeting.');
