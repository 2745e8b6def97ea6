import { childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import type { IqAnswer, IqHandler, IqRequest } from '../routing/iq-table.ts';
import type { JsonValue } from '../muc/room-metadata.ts';
import { turnCredential } from './turn-credential.ts';
import type { TurnRelay } from './turn-relays.ts';

/** XEP-0215; version 1 is what Jitsi's client falls back to (wire note §2.1). */
export const NS_EXTDISCO_2 = 'urn:xmpp:extdisco:2';
export const NS_EXTDISCO_1 = 'urn:xmpp:extdisco:1';

export interface ExternalServicesOptions {
  readonly relays: () => readonly TurnRelay[];
  /** Asked each time: a reload of the configuration may replace it. */
  readonly secret: () => string;
  readonly credentialSeconds: number;
  /** Where relays are that name no host. */
  readonly defaultHost: () => string;
  readonly now: () => number;
}

interface Service {
  readonly type: 'stun' | 'turn' | 'turns';
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

/** Tells clients of STUN and TURN servers, with credentials of their own. Empty while no relay runs. */
export function externalServiceHandlers(options: ExternalServicesOptions): IqHandler[] {
  return [NS_EXTDISCO_2, NS_EXTDISCO_1].flatMap((namespace): IqHandler[] => [
    {
      type: 'get',
      namespace,
      element: 'services',
      answer: (request) => ({
        content: xml(
          'services',
          { xmlns: namespace },
          listedServices(request.sender.id, options, request.payload.attrs['type']),
        ),
      }),
    },
    {
      type: 'get',
      namespace,
      element: 'credentials',
      answer: (request) => credentials(request, namespace, options),
    },
  ]);
}

/**
 * The relays that run, one element each.
 * @param subject id of the session that gets the credentials.
 * @param type only relays of this kind, `stun` for example.
 */
export function listedServices(subject: string, options: ExternalServicesOptions, type?: string): XmlElement[] {
  return servicesOf(options)
    .filter((service) => type === undefined || service.type === type)
    .map((service) => xml('service', describe(service, subject, options)));
}

/** What the metadata of a room tells a newcomer instead (wire note §7.7): the same, under the same names. */
export function servicesInMetadata(subject: string, options: ExternalServicesOptions): JsonValue[] {
  return servicesOf(options).map((service) => describe(service, subject, options));
}

/** XEP-0215 §3.3: credentials of one service that the client names. */
function credentials({ payload, sender }: IqRequest, namespace: string, options: ExternalServicesOptions): IqAnswer {
  const [wanted, ...more] = childElements(payload, 'service');
  if (wanted === undefined || more.length > 0) return { error: stanzaError('modify', 'bad-request') };
  const { host, type, port } = wanted.attrs;
  const found = servicesOf(options).filter(
    (service) =>
      service.host === host && service.type === type && (port === undefined || String(service.port) === port),
  );
  if (found.length === 0) return { error: stanzaError('cancel', 'item-not-found') };
  return {
    content: xml(
      'credentials',
      { xmlns: namespace },
      found.map((service) => xml('service', describe(service, sender.id, options))),
    ),
  };
}

function servicesOf({ relays, defaultHost }: ExternalServicesOptions): Service[] {
  return relays().flatMap((relay) =>
    (relay.hosts ?? [defaultHost()]).flatMap((host): Service[] => [
      ...(relay.udp === undefined
        ? []
        : [
            { type: 'stun' as const, host, port: relay.udp, transport: 'udp' as const },
            { type: 'turn' as const, host, port: relay.udp, transport: 'udp' as const },
          ]),
      ...(relay.tcp === undefined ? [] : [{ type: 'turn' as const, host, port: relay.tcp, transport: 'tcp' as const }]),
      ...(relay.tls === undefined
        ? []
        : [{ type: 'turns' as const, host, port: relay.tls, transport: 'tcp' as const }]),
    ]),
  );
}

function describe(
  service: Service,
  subject: string,
  options: ExternalServicesOptions,
): Readonly<Record<string, string | number>> {
  if (service.type === 'stun') return { ...service };
  const { secret, credentialSeconds } = options;
  const credential = turnCredential(secret(), subject, { nowMs: options.now(), lifetimeSeconds: credentialSeconds });
  const { username, password, expiresAtMs } = credential;
  // XEP-0082 without fractions of a second, as the expiry has none.
  const expires = new Date(expiresAtMs).toISOString().replace('.000Z', 'Z');
  return { ...service, username, password, expires, restricted: '1' };
}
