import type { IceCandidate } from '#protocol/media/rtp.ts';

const HOST_TYPE_PREFERENCE = 126; // RFC 8445 §5.1.2.2
/** Below every type of candidate, relayed ones included: these are answered by the role responder and never selected. */
const RESPONDER_TYPE_PREFERENCE = 0;
/** RFC 6544 §4.2: among equal types, UDP comes before TCP. */
const LOCAL_PREFERENCE = { udp: 65_535, tcp: 32_767 } as const;

/** What a check of the role responder carries as PRIORITY. */
export const RESPONDER_CHECK_PRIORITY = priority(RESPONDER_TYPE_PREFERENCE, LOCAL_PREFERENCE.udp);

/**
 * The candidates of one endpoint: its worker's port on every announced address, then the role responder's.
 * @param announced addresses in order of preference.
 */
export function hostCandidates(
  announced: readonly string[],
  ports: { readonly media: number; readonly role: number },
): readonly IceCandidate[] {
  const sets = [
    { name: 'm', typePreference: HOST_TYPE_PREFERENCE, port: ports.media },
    { name: 'r', typePreference: RESPONDER_TYPE_PREFERENCE, port: ports.role },
  ];
  return sets.flatMap(({ name, typePreference, port }) =>
    (['udp', 'tcp'] as const).flatMap((protocol) =>
      announced.map((address, index): IceCandidate => ({
        // RFC 8445 §5.1.1.3: equal only for candidates of the same type, base and protocol.
        foundation: `${name}${protocol}${index}`,
        component: 1,
        protocol,
        priority: priority(typePreference, LOCAL_PREFERENCE[protocol] - index),
        address,
        port,
        type: 'host',
        ...(protocol === 'tcp' ? { tcpType: 'passive' as const } : {}),
      })),
    ),
  );
}

/** RFC 8445 §5.1.2.1, component 1. */
function priority(typePreference: number, localPreference: number): number {
  return typePreference * 2 ** 24 + localPreference * 2 ** 8 + 255;
}
