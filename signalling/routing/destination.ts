import type { XmppHosts } from '#protocol/xmpp/hosts.ts';
import { FOCUS_NICK, isMucHost, isRoomHost } from '#protocol/xmpp/hosts.ts';
import { formatBareJid, type Jid } from '#protocol/xmpp/jid.ts';

/** Where a stanza goes; every address has exactly one destination. */
export type Destination =
  /** The server itself. */
  | { readonly kind: 'server' }
  /** The sender's own account, for which the server answers (RFC 6121 §8.5.1). */
  | { readonly kind: 'account' }
  /** The chat service as a whole. */
  | { readonly kind: 'room-service' }
  | { readonly kind: 'room'; readonly room: string }
  | { readonly kind: 'occupant'; readonly room: string; readonly nick: string }
  /** The lobby of a room. */
  | { readonly kind: 'lobby'; readonly lobby: string }
  | { readonly kind: 'lobby-occupant'; readonly lobby: string; readonly nick: string }
  /** A gateway or the focus in the control room of gateways. */
  | { readonly kind: 'brewery-occupant'; readonly room: string; readonly nick: string }
  /** The focus, under either of its addresses. */
  | { readonly kind: 'focus' }
  /** A component that this server runs itself. */
  | { readonly kind: 'component'; readonly host: string }
  /** Another person's account or session. */
  | { readonly kind: 'session'; readonly jid: string }
  /** A name of ours under which nobody answers. */
  | { readonly kind: 'nobody' }
  /** Another server's name. */
  | { readonly kind: 'foreign' };

interface Rule {
  readonly name: string;
  readonly applies: (to: Jid, context: RoutingContext) => boolean;
  readonly destination: (to: Jid) => Destination;
}

export interface RoutingContext {
  readonly hosts: XmppHosts;
  /** Hosts of components that this server runs itself. */
  readonly components: ReadonlySet<string>;
  readonly senderBareJid: string;
}

/** The table of routes; the first rule that applies decides. */
const RULES: readonly Rule[] = [
  {
    name: 'a room’s occupant',
    applies: (to, { hosts }) => isRoomHost(to.domain, hosts) && to.local !== undefined && to.resource !== undefined,
    destination: (to) => ({ kind: 'occupant', room: formatBareJid(to), nick: to.resource ?? '' }),
  },
  {
    name: 'a room',
    applies: (to, { hosts }) => isRoomHost(to.domain, hosts) && to.local !== undefined,
    destination: (to) => ({ kind: 'room', room: formatBareJid(to) }),
  },
  {
    name: 'the chat service',
    applies: (to, { hosts }) => isMucHost(to.domain, hosts),
    destination: () => ({ kind: 'room-service' }),
  },
  {
    name: 'someone in a lobby',
    applies: (to, { hosts }) => to.domain === hosts.lobby && to.local !== undefined && to.resource !== undefined,
    destination: (to) => ({ kind: 'lobby-occupant', lobby: formatBareJid(to), nick: to.resource ?? '' }),
  },
  {
    name: 'a lobby',
    applies: (to, { hosts }) => to.domain === hosts.lobby && to.local !== undefined,
    destination: (to) => ({ kind: 'lobby', lobby: formatBareJid(to) }),
  },
  {
    name: 'someone in the control room of gateways',
    applies: (to, { hosts }) => to.domain === hosts.internalMuc && to.local !== undefined && to.resource !== undefined,
    destination: (to) => ({ kind: 'brewery-occupant', room: formatBareJid(to), nick: to.resource ?? '' }),
  },
  {
    name: 'the focus, as a component and as an account',
    applies: (to, { hosts }) =>
      (to.domain === hosts.focus && to.local === undefined) || (to.domain === hosts.auth && to.local === FOCUS_NICK),
    destination: () => ({ kind: 'focus' }),
  },
  {
    name: 'a component of ours',
    applies: (to, { components }) => to.local === undefined && components.has(to.domain),
    destination: (to) => ({ kind: 'component', host: to.domain }),
  },
  {
    name: 'the server',
    applies: (to, { hosts }) => to.local === undefined && isLoginHost(to.domain, hosts),
    destination: () => ({ kind: 'server' }),
  },
  {
    name: 'the sender’s own account',
    applies: (to, { senderBareJid }) => to.resource === undefined && formatBareJid(to) === senderBareJid,
    destination: () => ({ kind: 'account' }),
  },
  {
    name: 'another person',
    applies: (to, { hosts }) => to.local !== undefined && isLoginHost(to.domain, hosts),
    destination: (to) => ({
      kind: 'session',
      jid: to.resource === undefined ? formatBareJid(to) : `${formatBareJid(to)}/${to.resource}`,
    }),
  },
  {
    name: 'a name below our domain that nobody serves',
    applies: (to, { hosts }) => to.domain === hosts.domain || to.domain.endsWith(`.${hosts.domain}`),
    destination: () => ({ kind: 'nobody' }),
  },
  { name: 'another server', applies: () => true, destination: () => ({ kind: 'foreign' }) },
];

/** @param to undefined: a stanza without `to` is for the sender's own account (RFC 6120 §10.3). */
export function destinationOf(to: Jid | undefined, context: RoutingContext): Destination {
  if (to === undefined) return { kind: 'account' };
  return RULES.find((rule) => rule.applies(to, context))?.destination(to) ?? { kind: 'foreign' };
}

function isLoginHost(domain: string, hosts: XmppHosts): boolean {
  return domain === hosts.domain || domain === hosts.guest || domain === hosts.auth || domain === hosts.recorder;
}
