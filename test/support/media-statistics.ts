import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'puppeteer-core';

export interface ReceivedVideo {
  readonly framesDecoded: number;
  readonly height: number;
  readonly packets: number;
}

export interface SentVideo {
  readonly ssrc: number;
  /** Height of the last encoded frame; 0 when none was encoded. */
  readonly height: number;
  readonly framesEncoded: number;
  readonly packets: number;
  readonly bytes: number;
}

/** What arrived for the video element of the tile, undefined while it shows none. */
export function receivedVideo(page: Page, tileName: string): Promise<ReceivedVideo | undefined> {
  return page.evaluate(async (name) => {
    const tiles = [...document.querySelectorAll('[role="group"]:has(> video)')];
    const tile = tiles.find((group) => group.getAttribute('aria-label')?.includes(name));
    const stream = tile?.querySelector('video')?.srcObject;
    const track = stream instanceof MediaStream ? stream.getVideoTracks()[0] : undefined;
    const receivers = window.peerConnections.flatMap((connection) => connection.getReceivers());
    const receiver = receivers.find((candidate) => candidate.track.id === track?.id);
    const reports: RTCInboundRtpStreamStats[] = [];
    (await receiver?.getStats())?.forEach((report) => report.type === 'inbound-rtp' && reports.push(report));
    const [inbound] = reports;
    return (
      inbound && {
        framesDecoded: inbound.framesDecoded ?? 0,
        height: inbound.frameHeight ?? 0,
        packets: inbound.packetsReceived ?? 0,
      }
    );
  }, tileName);
}

/** `totalAudioEnergy` of every audio stream that arrives, by SSRC. It rises while somebody is heard. */
export async function receivedAudioEnergies(page: Page): Promise<ReadonlyMap<number, number>> {
  const entries = await page.evaluate(async () => {
    const found: [number, number][] = [];
    for (const connection of window.peerConnections) {
      if (connection.connectionState === 'closed') continue;
      (await connection.getStats()).forEach((report: RTCInboundRtpStreamStats) => {
        if (report.type !== 'inbound-rtp' || report.kind !== 'audio') return;
        found.push([report.ssrc, report.totalAudioEnergy ?? 0]);
      });
    }
    return found;
  });
  return new Map(entries);
}

/** Every video stream that leaves the page: one per simulcast layer, lowest first. */
export async function sentVideo(page: Page): Promise<readonly SentVideo[]> {
  const layers = await page.evaluate(async () => {
    const found: SentVideo[] = [];
    for (const connection of window.peerConnections) {
      if (connection.connectionState === 'closed') continue;
      (await connection.getStats()).forEach((report: RTCOutboundRtpStreamStats) => {
        if (report.type !== 'outbound-rtp' || report.kind !== 'video') return;
        found.push({
          ssrc: report.ssrc,
          height: report.frameHeight ?? 0,
          framesEncoded: report.framesEncoded ?? 0,
          packets: report.packetsSent ?? 0,
          bytes: report.bytesSent ?? 0,
        });
      });
    }
    return found;
  });
  return layers.toSorted((one, other) => one.height - other.height);
}

/** The candidate types and protocol over which media flows now, e.g. `host udp`. */
export function selectedPath(page: Page): Promise<string | undefined> {
  return page.evaluate(async () => {
    const connection = window.peerConnections.findLast((candidate) => candidate.connectionState !== 'closed');
    const stats = await connection?.getStats();
    // The transport names the pair in use; Firefox, which has no such report, marks it `selected`. Neither `nominated` nor
    // `state` tells it: they may lag where the ICE roles were switched.
    const pairs: (RTCIceCandidatePairStats & { readonly selected?: boolean })[] = [];
    let selectedId: string | undefined;
    stats?.forEach((report: RTCStats) => {
      if (report.type === 'transport') selectedId = (report as RTCTransportStats).selectedCandidatePairId;
      if (report.type === 'candidate-pair') pairs.push(report as RTCIceCandidatePairStats);
    });
    const pair = pairs.find(({ id, selected }) => (selectedId === undefined ? selected === true : id === selectedId));
    const local =
      pair && (stats?.get(pair.localCandidateId) as { candidateType: string; protocol: string } | undefined);
    return local && `${local.candidateType} ${local.protocol}`;
  });
}

/** UDP ports of the page's own candidates. */
export async function localUdpPorts(page: Page): Promise<readonly number[]> {
  const ports = await page.evaluate(async () => {
    const found: (number | undefined)[] = [];
    for (const connection of window.peerConnections) {
      if (connection.connectionState === 'closed') continue;
      (await connection.getStats()).forEach((report: { type: string; protocol?: string; port?: number }) => {
        if (report.type === 'local-candidate' && report.protocol === 'udp') found.push(report.port);
      });
    }
    return found;
  });
  return [...new Set(ports.filter((port) => port !== undefined && port > 0))] as number[];
}

/** Heights of the layers that the page encodes now, lowest first: those with new frames between two looks a second apart. */
export async function encodedHeights(page: Page): Promise<number[]> {
  const before = new Map((await sentVideo(page)).map(({ ssrc, framesEncoded }) => [ssrc, framesEncoded]));
  await delay(1000);
  const after = await sentVideo(page);
  return after.filter(({ ssrc, framesEncoded }) => framesEncoded > (before.get(ssrc) ?? 0)).map(({ height }) => height);
}
