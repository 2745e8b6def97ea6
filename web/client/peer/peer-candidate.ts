import type { IceCandidate } from '#protocol/media/rtp.ts';

const CANDIDATE = new RegExp(
  [
    String.raw`^candidate:(?<foundation>[A-Za-z0-9+/]{1,32}) 1 (?<protocol>udp|tcp) (?<priority>\d{1,10})`,
    String.raw` (?<address>[\w.:%-]{1,255}) (?<port>\d{1,5}) typ (?<type>host|srflx|prflx|relay)`,
    String.raw`(?: raddr (?<relatedAddress>[\w.:%-]{1,255}) rport (?<relatedPort>\d{1,5}))?`,
    String.raw`(?: tcptype (?<tcpType>\w+))?`,
  ].join(''),
  'iu',
);

/**
 * A candidate that the browser found, from its `candidate-attribute` (RFC 8839 §5.1).
 * @returns undefined for what the other side could not reach: browsers accept no TCP connections, and other components
 *   than the first are muxed into it
 */
export function readCandidate(attribute: string): IceCandidate | undefined {
  const groups = CANDIDATE.exec(attribute)?.groups;
  if (groups === undefined) return undefined;
  const { foundation = '', priority, address = '', port, relatedAddress, relatedPort } = groups;
  const type = (['host', 'srflx', 'prflx', 'relay'] as const).find((one) => one === groups['type']?.toLowerCase());
  if (type === undefined || groups['protocol']?.toLowerCase() !== 'udp') return undefined;
  return {
    foundation,
    component: 1,
    protocol: 'udp',
    priority: Number(priority),
    address,
    port: Number(port),
    type,
    ...(relatedAddress === undefined ? {} : { related: { address: relatedAddress, port: Number(relatedPort) } }),
  };
}
