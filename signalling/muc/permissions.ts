import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { tokenFeature } from '../identity/access-rules.ts';
import type { Occupant } from './room.ts';

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

/** Whether a token takes a feature away that everybody has otherwise, such as `send-groupchat`. */
export function isWithheld({ identity }: Standing, feature: string): boolean {
  return identity !== undefined && tokenFeature(identity, feature) === false;
}
