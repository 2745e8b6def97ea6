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

/**
 * From now on notes of every tile whose picture is replaced by another way's: that no frame of the other was decoded yet,
 * and that nothing but black was to be seen in between.
 */
export async function watchTiles(page: Page): Promise<void> {
  await page.evaluate(() => {
    const faults: string[] = [];
    Object.assign(window, { tileFaults: faults });
    const context = new OffscreenCanvas(16, 9).getContext('2d', { willReadFrequently: true });
    const shown = new WeakMap<Element, string>();
    const look = () => {
      for (const video of document.querySelectorAll('video')) {
        const track = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : undefined;
        if (track === undefined || context === null) continue;
        const before = shown.get(video);
        // A tile's first picture has nothing to replace.
        if (before === undefined && video.readyState < video.HAVE_CURRENT_DATA) continue;
        shown.set(video, track.id);
        if (before !== undefined && before !== track.id) void check(track);
        context.drawImage(video, 0, 0, 16, 9);
        const { data } = context.getImageData(0, 0, 16, 9);
        if (data.every((value, index) => value === 0 || index % 4 === 3)) faults.push(`${track.id} is black`);
      }
      requestAnimationFrame(look);
    };
    const check = async (track: MediaStreamTrack) => {
      const receivers = window.peerConnections.flatMap((connection) => connection.getReceivers());
      const receiver = receivers.find((candidate) => candidate.track === track);
      if (receiver === undefined) return;
      let frames = 0;
      (await receiver.getStats()).forEach((report: RTCInboundRtpStreamStats) => {
        if (report.type === 'inbound-rtp') frames += report.framesDecoded ?? 0;
      });
      if (frames === 0) faults.push(`${track.id} comes before its first frame`);
    };
    look();
  });
}

export function faultsOfTiles(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => (window as unknown as { readonly tileFaults: readonly string[] }).tileFaults);
}

/** The picture on the tile changes: what is decoded is also what is shown. */
export async function seesMotionOf({ page, name: viewer }: Person, name: string): Promise<void> {
  const picture = () =>
    page.evaluate((tileName) => {
      const tiles = [...document.querySelectorAll('[role="group"]:has(> video)')];
      const video = tiles.find((group) => group.getAttribute('aria-label')?.includes(tileName))?.querySelector('video');
      const context = new OffscreenCanvas(64, 36).getContext('2d');
      if (!video || !context) return '';
      context.drawImage(video, 0, 0, 64, 36);
      return context.getImageData(0, 0, 64, 36).data.join();
    }, name);
  const first = await picture();
  await until(async () => (await picture()) !== first, `motion in the picture of ${name} at ${viewer}`);
}

/** Of who joined with this page, ours or Jitsi's: the first part of the address that the server gave (wire note, rule 4). */
export async function endpointId(page: Page): Promise<string> {
  const messages = await page.evaluate(() => window.socketMessages);
  const [, id] = /<jid>([0-9a-f]{8})-/u.exec(messages.join('\n')) ?? [];
  if (id === undefined) throw new Error('the server has given no address yet');
  return id;
}
