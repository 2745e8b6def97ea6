import type { ConnectEndpoint, EndpointCreated } from '../../../protocol/bridge/bridge-bus.ts';
import type { MediaKind, ReceivedSource, Source } from '../../../protocol/media/source.ts';

/**
 * Just enough SDP to drive a browser against the bridge in the way a Jitsi client does: our side offers, first the two
 * m-lines that carry what the browser sends, then one per received source (wire note §5.3).
 */

export interface OfferOptions {
  /** Ours only; a Jitsi client never has it. */
  readonly isIceLite: boolean;
  readonly transport: 'udp' | 'tcp' | 'any';
  readonly version: number;
}

export function offer(created: EndpointCreated, received: readonly ReceivedSource[], options: OfferOptions): string {
  const media = [
    mediaSection(created, 'audio', 0, undefined, options),
    mediaSection(created, 'video', 1, undefined, options),
    ...received.map((source, index) => mediaSection(created, source.kind, index + 2, source, options)),
  ];
  return [
    'v=0',
    `o=- 1 ${options.version} IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    ...(options.isIceLite ? ['a=ice-lite'] : []),
    `a=group:BUNDLE ${media.map((_, index) => index).join(' ')}`,
    'a=msid-semantic: WMS *',
    ...media.flat(),
    '',
  ].join('\r\n');
}

function mediaSection(
  { ice, fingerprint, candidates, rtp }: EndpointCreated,
  kind: MediaKind,
  mid: number,
  source: ReceivedSource | undefined,
  { transport }: OfferOptions,
): readonly string[] {
  const payloadTypes = rtp.payloadTypes.filter((type) => type.kind === kind);
  const lines = [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadTypes.map(({ id }) => id).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    source === undefined ? 'a=sendrecv' : 'a=sendonly',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    'a=setup:actpass',
    `a=ice-ufrag:${ice.usernameFragment}`,
    `a=ice-pwd:${ice.password}`,
    `a=fingerprint:${fingerprint.hash} ${fingerprint.value}`,
  ];
  for (const { id, name, clockRate, channels, parameters, feedback } of payloadTypes) {
    lines.push(`a=rtpmap:${id} ${name}/${clockRate}${channels === undefined ? '' : `/${channels}`}`);
    const pairs = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
    if (pairs.length > 0) lines.push(`a=fmtp:${id} ${pairs.join(';')}`);
    for (const { type, subtype } of feedback)
      lines.push(`a=rtcp-fb:${id} ${type}${subtype === undefined ? '' : ` ${subtype}`}`);
  }
  for (const extension of rtp.headerExtensions) {
    if (extension.kind === kind) lines.push(`a=extmap:${extension.id} ${extension.uri}`);
  }
  if (source !== undefined) {
    lines.push(`a=msid:${source.msid}`);
    const ssrcs = [source.ssrc, ...(source.rtxSsrc === undefined ? [] : [source.rtxSsrc])];
    for (const ssrc of ssrcs) lines.push(`a=ssrc:${ssrc} cname:bridge`, `a=ssrc:${ssrc} msid:${source.msid}`);
    if (ssrcs.length === 2) lines.push(`a=ssrc-group:FID ${ssrcs.join(' ')}`);
  }
  for (const candidate of candidates) {
    if (transport !== 'any' && candidate.protocol !== transport) continue;
    const { foundation, component, protocol, priority, address, port, type, tcpType } = candidate;
    const suffix = tcpType === undefined ? '' : ` tcptype ${tcpType}`;
    lines.push(
      `a=candidate:${foundation} ${component} ${protocol} ${priority} ${address} ${port} typ ${type}${suffix}`,
    );
  }
  lines.push('a=end-of-candidates');
  return lines;
}

/** Puts three simulcast streams where the answer has one, as Jitsi clients do with Chromium (wire note §5.6). */
export function withSimulcast(answer: string): string {
  const sections = answer.split(/(?=^m=)/m);
  return sections.map((section) => (section.startsWith('m=video') ? simulcastSection(section) : section)).join('');
}

function simulcastSection(section: string): string {
  const [, primary, retransmission] = /^a=ssrc-group:FID (\d+) (\d+)/m.exec(section) ?? [];
  const cname = /^a=ssrc:\d+ cname:(\S+)/m.exec(section)?.[1];
  const msid = /^a=ssrc:\d+ msid:(.+?)\r?$/m.exec(section)?.[1] ?? /^a=msid:(.+?)\r?$/m.exec(section)?.[1];
  if (primary === undefined || retransmission === undefined || cname === undefined || msid === undefined)
    return section;
  const layers = [0, 1, 2].map(
    (layer) => [Number(primary) + layer * 2, Number(retransmission) + layer * 2 + 1_000] as const,
  );
  const others = section
    .split('\r\n')
    .filter((line) => line !== '' && !line.startsWith('a=ssrc:') && !line.startsWith('a=ssrc-group:'));
  return [
    ...others,
    `a=ssrc-group:SIM ${layers.map(([ssrc]) => ssrc).join(' ')}`,
    ...layers.map((pair) => `a=ssrc-group:FID ${pair.join(' ')}`),
    ...layers.flat().flatMap((ssrc) => [`a=ssrc:${ssrc} cname:${cname}`, `a=ssrc:${ssrc} msid:${msid}`]),
    '',
  ].join('\r\n');
}

/** What focus would make of a client's session-accept. */
export function readAnswer(answer: string, endpoint: string): Pick<ConnectEndpoint, 'ice' | 'fingerprint' | 'sources'> {
  const value = (pattern: RegExp): string => {
    const found = pattern.exec(answer)?.[1];
    if (found === undefined) throw new Error(`the answer lacks ${pattern.source}`);
    return found.trim();
  };
  return {
    ice: { usernameFragment: value(/^a=ice-ufrag:(.+)$/m), password: value(/^a=ice-pwd:(.+)$/m) },
    fingerprint: {
      hash: value(/^a=fingerprint:(\S+) /m).toLowerCase(),
      value: value(/^a=fingerprint:\S+ (.+)$/m).toUpperCase(),
    },
    sources: answer
      .split(/(?=^m=)/m)
      .slice(1)
      .flatMap((section) => sourceOf(section, endpoint)),
  };
}

function sourceOf(section: string, owner: string): readonly Source[] {
  const ssrcs = [...new Set([...section.matchAll(/^a=ssrc:(\d+) /gm)].map(([, ssrc]) => Number(ssrc)))];
  if (ssrcs.length === 0 || /^a=(recvonly|inactive)/m.test(section)) return [];
  const kind: MediaKind = section.startsWith('m=audio') ? 'audio' : 'video';
  const groups = [...section.matchAll(/^a=ssrc-group:(FID|SIM) ([\d ]+)/gm)].map(([, semantics, list = '']) => ({
    semantics: semantics === 'SIM' ? ('SIM' as const) : ('FID' as const),
    ssrcs: list.trim().split(' ').map(Number),
  }));
  return [{ name: `${owner}-${kind[0]}0`, owner, kind, msid: `${owner} ${kind}`, ssrcs, groups }];
}
