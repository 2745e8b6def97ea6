import type { Page } from 'puppeteer-core';

/** Which of the relay's addresses a browser is left with, as its URL says: `turn:…?transport=udp`, `turns:…`. */
export type RelayTransport = 'udp' | 'tcp' | 'tls';

/**
 * From the next page on, every connection of this window can use nothing but the relay over this transport.
 * @param relay in place of the one that the meeting's server names.
 */
export async function allowOnlyRelay(page: Page, transport: RelayTransport, relay?: RTCIceServer): Promise<void> {
  const replaceServers = (wanted: RelayTransport, other: RTCIceServer | null): void => {
    const schemes = wanted === 'tls' ? /^turns:/u : new RegExp(`^turn:.*transport=${wanted}`, 'u');
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration: RTCConfiguration = {}) {
        const given = other === null ? (configuration.iceServers ?? []) : [other];
        const iceServers = given
          .map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => schemes.test(url)) }))
          .filter(({ urls }) => urls.length > 0);
        super({ ...configuration, iceServers, iceTransportPolicy: 'relay' });
      }
    };
  };
  await page.evaluateOnNewDocument(replaceServers, transport, relay ?? null);
}

export interface SelectedPair {
  localType: string;
  /** How the browser reaches the relay; Firefox calls it so too. */
  relayProtocol: string;
  /** The relay's address as the browser was given it; only Chromium tells. */
  relayUrl: string;
}

type Pair = RTCIceCandidatePairStats;
interface LocalCandidate extends RTCStats {
  candidateType?: string;
  relayProtocol?: string;
  url?: string;
}

/** The pairs in use over all connections of the page. */
export function selectedPairs(page: Page): Promise<SelectedPair[]> {
  return page.evaluate(async () => {
    const pairs: SelectedPair[] = [];
    for (const connection of window.peerConnections) {
      if (connection.connectionState !== 'connected') continue;
      const pairReports: Pair[] = [];
      const locals = new Map<string, LocalCandidate>();
      (await connection.getStats()).forEach((report: Pair & LocalCandidate) => {
        if (report.type === 'candidate-pair') pairReports.push(report);
        if (report.type === 'local-candidate') locals.set(report.id, report);
      });
      for (const { state, nominated, localCandidateId } of pairReports) {
        if (state !== 'succeeded' || nominated !== true) continue;
        const local = locals.get(localCandidateId);
        pairs.push({
          localType: local?.candidateType ?? '',
          relayProtocol: local?.relayProtocol ?? '',
          relayUrl: local?.url ?? '',
        });
      }
    }
    return pairs;
  });
}
