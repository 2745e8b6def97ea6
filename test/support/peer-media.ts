import type { Page } from 'puppeteer-core';
import type { Person } from './person.ts';
import { until } from './wait.ts';

/**
 * Which of its connections a page uses. The one to the other person has two transceivers, microphone and camera both
 * ways; the bridge's has more.
 */
export type Way = 'direct' | 'bridge';

/** The way that the picture on this tile takes; undefined while there is none. */
export function wayOfPicture(page: Page, tileName: string): Promise<Way | undefined> {
  return page.evaluate((name) => {
    const tiles = [...document.querySelectorAll('[role="group"]:has(> video)')];
    const tile = tiles.find((group) => group.getAttribute('aria-label')?.includes(name));
    const stream = tile?.querySelector('video')?.srcObject;
    const track = stream instanceof MediaStream ? stream.getVideoTracks()[0] : undefined;
    const connection = window.peerConnections.find((candidate) =>
      candidate.getReceivers().some((receiver) => receiver.track.id === track?.id),
    );
    return connection && (connection.getTransceivers().length === 2 ? 'direct' : 'bridge');
  }, tileName);
}

/** Waits until the picture of that person, and with it all media of both, takes this way. */
export async function seesBy(person: Person, way: Way, name: string, timeoutMs = 25_000): Promise<void> {
  await until(
    async () => (await wayOfPicture(person.page, name)) === way,
    async () =>
      `${name} seen by the way “${way}” at ${person.name}; now ${await wayOfPicture(person.page, name)}\n${person.console.filter((line) => line.includes('[parley]')).join('\n')}`,
    { timeoutMs },
  );
}

/** RTP that the page sends to the bridge stands still from one look to the next. */
export async function sendsNothingToBridge({ page, name }: Person): Promise<void> {
  let before = -1;
  await until(
    async () => {
      const now = await packetsSentTo(page, 'bridge');
      const isStill = now === before;
      before = now;
      return isStill;
    },
    `an end of what ${name} sends to the bridge`,
    { intervalMs: 1_000 },
  );
}

function packetsSentTo(page: Page, way: Way): Promise<number> {
  return page.evaluate(async (wanted) => {
    let packets = 0;
    for (const connection of window.peerConnections) {
      const isDirect = connection.getTransceivers().length === 2;
      if (connection.connectionState === 'closed' || isDirect !== (wanted === 'direct')) continue;
      (await connection.getStats()).forEach((report: RTCOutboundRtpStreamStats) => {
        if (report.type === 'outbound-rtp') packets += report.packetsSent ?? 0;
      });
    }
    return packets;
  }, way);
}

export function openConnections(page: Page): Promise<number> {
  return page.evaluate(
    () => window.peerConnections.filter(({ connectionState }) => connectionState !== 'closed').length,
  );
}

/** The connection to the other person breaks, as if its network were gone. */
export async function breakDirectWay(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const connection of window.peerConnections) {
      if (connection.getTransceivers().length === 2) connection.close();
    }
  });
}

/** What happened on this page asked for direct media: Jingle offers to another person, not to or from the focus. */
export async function directOffers(page: Page): Promise<{ readonly sent: number; readonly received: number }> {
  const messages = await page.evaluate(() => window.socketMessages);
  const offers = messages.filter(
    (line) => /action=["']session-initiate/u.test(line) && !/from=["'][^"']+\/focus["']/u.test(line),
  );
  const sent = offers.filter((line) => /^\d+ ->/u.test(line)).length;
  return { sent, received: offers.length - sent };
}

/** Pictures that came to a tile before one of their frames was decoded. A page that keeps its word has none. */
export async function watchTracksOfTiles(page: Page): Promise<void> {
  await page.evaluate(() => {
    const tooEarly: string[] = [];
    Object.assign(window, { tooEarly });
    const shown = new WeakMap<Element, string>();
    const look = () => {
      for (const video of document.querySelectorAll('video')) {
        const track = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : undefined;
        const before = shown.get(video);
        if (track === undefined || track.id === before) continue;
        shown.set(video, track.id);
        // A tile's first picture has nothing to replace.
        if (before !== undefined) void check(track);
      }
      requestAnimationFrame(look);
    };
    const check = async (track: MediaStreamTrack) => {
      const receivers = window.peerConnections.flatMap((connection) => connection.getReceivers());
      const receiver = receivers.find((candidate) => candidate.track === track);
      let frames = receiver === undefined ? 1 : 0;
      (await receiver?.getStats())?.forEach((report: RTCInboundRtpStreamStats) => {
        if (report.type === 'inbound-rtp') frames += report.framesDecoded ?? 0;
      });
      if (frames === 0) tooEarly.push(track.id);
    };
    look();
  });
}

export function tracksShownTooEarly(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => (window as unknown as { readonly tooEarly: readonly string[] }).tooEarly);
}

/** Of who joined with this page, ours or Jitsi's: the first part of the address that the server gave (wire note, rule 4). */
export async function endpointId(page: Page): Promise<string> {
  const messages = await page.evaluate(() => window.socketMessages);
  const [, id] = /<jid>([0-9a-f]{8})-/u.exec(messages.join('\n')) ?? [];
  if (id === undefined) throw new Error('the server has given no address yet');
  return id;
}
