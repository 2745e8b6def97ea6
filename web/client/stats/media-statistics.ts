import type { ConnectionQuality } from '../meeting-types.ts';

/** What one look at the browser's statistics (webrtc-stats) says about the way to the bridge and back; pure. */
export interface MediaStatistics {
  readonly atMs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Packets that others sent and we never got. */
  readonly packetsLost: number;
  /** Share of our packets that the bridge misses, 0 … 1. */
  readonly sendLoss: number;
  readonly roundTripMs: number | undefined;
  readonly availableOutgoingBps: number | undefined;
  /** `udp host → host`, for people who look for the reason of a bad connection. */
  readonly path: string | undefined;
  /** Grows with anything that comes from the bridge, STUN included: a sign of life. */
  readonly lifeSigns: number;
  /** Height of the largest picture that is sent now. */
  readonly sentHeight: number;
}

/** The members of statistics that we read; a browser may lack any. */
export interface StatisticsEntry {
  readonly type: string;
  readonly id: string;
  readonly [member: string]: unknown;
}

export function readStatistics(entries: readonly StatisticsEntry[], atMs: number): MediaStatistics {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const ofType = (type: string): StatisticsEntry[] => entries.filter((entry) => entry.type === type);
  const inbound = ofType('inbound-rtp');
  const outbound = ofType('outbound-rtp');
  const remoteInbound = ofType('remote-inbound-rtp');
  const pair = selectedPair(entries, byId);
  const losses = remoteInbound.map((entry) => number(entry, 'fractionLost'));
  const roundTrip = optionalNumber(pair, 'currentRoundTripTime') ?? optionalNumber(remoteInbound[0], 'roundTripTime');
  return {
    atMs,
    bytesSent: sum(outbound, 'bytesSent'),
    bytesReceived: sum(inbound, 'bytesReceived'),
    packetsSent: sum(outbound, 'packetsSent'),
    packetsReceived: sum(inbound, 'packetsReceived'),
    packetsLost: inbound.reduce((total, entry) => total + Math.max(number(entry, 'packetsLost'), 0), 0),
    sendLoss: losses.length === 0 ? 0 : Math.max(...losses),
    roundTripMs: roundTrip === undefined ? undefined : roundTrip * 1_000,
    availableOutgoingBps: optionalNumber(pair, 'availableOutgoingBitrate'),
    path: describePath(pair, byId),
    lifeSigns: sum(inbound, 'packetsReceived') + number(pair, 'responsesReceived') + number(pair, 'bytesReceived'),
    sentHeight: Math.max(0, ...outbound.map((entry) => number(entry, 'frameHeight'))),
  };
}

function selectedPair(
  entries: readonly StatisticsEntry[],
  byId: ReadonlyMap<string, StatisticsEntry>,
): StatisticsEntry | undefined {
  const transport = entries.find((entry) => entry.type === 'transport');
  const id = transport?.['selectedCandidatePairId'];
  if (typeof id === 'string') return byId.get(id);
  // Firefox has no transport statistics but marks the pair.
  const pairs = entries.filter((entry) => entry.type === 'candidate-pair');
  return pairs.find((pair) => pair['selected'] === true) ?? pairs.find((pair) => pair['nominated'] === true);
}

function describePath(
  pair: StatisticsEntry | undefined,
  byId: ReadonlyMap<string, StatisticsEntry>,
): string | undefined {
  const local = byId.get(text(pair, 'localCandidateId'));
  const remote = byId.get(text(pair, 'remoteCandidateId'));
  if (local === undefined || remote === undefined) return undefined;
  const relay = text(local, 'relayProtocol');
  return `${text(local, 'protocol')} ${text(local, 'candidateType')}${relay === '' ? '' : ` (${relay})`} → ${text(remote, 'candidateType')} ${text(remote, 'address')}:${number(remote, 'port')}`;
}

/** Rates between two looks. */
export interface MediaRates {
  readonly sendBps: number;
  readonly receiveBps: number;
  /** 0 … 1 */
  readonly sendLoss: number;
  /** 0 … 1 */
  readonly receiveLoss: number;
  readonly roundTripMs: number | undefined;
  /** 0 … 100, the number that Jitsi's clients exchange (wire note §6.2 EndpointStats). */
  readonly connectionQuality: number;
}

export function ratesBetween(before: MediaStatistics, after: MediaStatistics): MediaRates {
  const seconds = Math.max((after.atMs - before.atMs) / 1_000, 0.001);
  const lost = Math.max(after.packetsLost - before.packetsLost, 0);
  const received = Math.max(after.packetsReceived - before.packetsReceived, 0);
  const receiveLoss = lost + received === 0 ? 0 : lost / (lost + received);
  return {
    sendBps: rate(before.bytesSent, after.bytesSent, seconds),
    receiveBps: rate(before.bytesReceived, after.bytesReceived, seconds),
    sendLoss: after.sendLoss,
    receiveLoss,
    roundTripMs: after.roundTripMs,
    connectionQuality: connectionQuality(Math.max(receiveLoss, after.sendLoss), after.roundTripMs ?? 0),
  };
}

function rate(before: number, after: number, seconds: number): number {
  return Math.round((Math.max(after - before, 0) * 8) / seconds);
}

/** 1 % loss is heard by nobody, 5 % by many, 15 % by all; long ways make talking over each other likely. */
function connectionQuality(loss: number, roundTripMs: number): number {
  const lossPenalty = loss * 600;
  const delayPenalty = Math.max(roundTripMs - 200, 0) / 10;
  return Math.round(Math.min(Math.max(100 - lossPenalty - delayPenalty, 0), 100));
}

export function qualityOf(percent: number | undefined): ConnectionQuality {
  if (percent === undefined || Number.isNaN(percent)) return undefined;
  if (percent >= 70) return 3;
  return percent >= 30 ? 2 : 1;
}

function sum(entries: readonly StatisticsEntry[], member: string): number {
  return entries.reduce((total, entry) => total + number(entry, member), 0);
}

function number(entry: StatisticsEntry | undefined, member: string): number {
  return optionalNumber(entry, member) ?? 0;
}

function optionalNumber(entry: StatisticsEntry | undefined, member: string): number | undefined {
  const value = entry?.[member];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function text(entry: StatisticsEntry | undefined, member: string): string {
  const value = entry?.[member];
  return typeof value === 'string' ? value : '';
}
