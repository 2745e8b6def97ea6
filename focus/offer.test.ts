import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PLACEHOLDER_SSRCS, type ReceivedSource } from '#protocol/media/source.ts';
import { encodeJingle } from '#protocol/xmpp/jingle.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { FAKE_RTP } from '../test/support/focus/fake-bridge.ts';
import { sessionInitiate } from './offer.ts';

const placeholders = new Set(Object.values(PLACEHOLDER_SSRCS));

/** As a bridge draws them: nine digits, each once, none a placeholder's. */
const sources = fc
  .uniqueArray(
    fc.integer({ min: 100_000_000, max: 999_999_999 }).filter((ssrc) => !placeholders.has(ssrc)),
    {
      maxLength: 40,
    },
  )
  .map((ssrcs) =>
    ssrcs.flatMap((ssrc, index): ReceivedSource[] => {
      if (index % 3 === 2) return [];
      const rtxSsrc = index % 3 === 1 ? ssrcs[index + 1] : undefined;
      const kind = index % 3 === 1 ? 'video' : 'audio';
      const owner = String(index).padStart(8, '0');
      const name = `${owner}-${kind.slice(0, 1)}0`;
      return [{ name, owner, kind, msid: `${name} 1`, ssrc, ...(rtxSsrc === undefined ? {} : { rtxSsrc }) }];
    }),
  );

function offer(received: readonly ReceivedSource[]): string {
  const created = {
    ok: true,
    session: 'b',
    ice: { usernameFragment: 'abcd', password: 'p'.repeat(24) },
    candidates: [],
    fingerprint: { hash: 'sha-256', value: 'AB' },
    channelPath: '/c',
    rtp: FAKE_RTP,
    sources: received,
  } as const;
  const channelUrl = 'wss://meet.example/c';
  const initiator = 'focus@auth.meet.example/focus';
  return serializeXml(
    encodeJingle(
      sessionInitiate({
        sid: 's',
        initiator,
        bridgeSessionId: 'i',
        channelUrl,
        created,
        sources: received,
        form: 'xml',
      }),
    ),
  );
}

test('no SSRC of an offer stands within another, so that a client that looks by substring finds the right group', () => {
  fc.assert(
    fc.property(sources, (received) => {
      const text = offer(received);
      const groups = [...text.matchAll(/<ssrc-group .*?<\/ssrc-group>/g)].map(([group]) => group);
      const ssrcs = new Set([...text.matchAll(/ ssrc="(\d+)"/g)].map(([, ssrc = '']) => ssrc));
      for (const ssrc of Object.values(PLACEHOLDER_SSRCS)) expect(ssrcs.has(String(ssrc))).toBe(true);
      for (const ssrc of ssrcs) {
        expect([...ssrcs].filter((other) => other !== ssrc && other.includes(ssrc))).toEqual([]);
        const isPaired = received.some(({ ssrc: primary, rtxSsrc }) => {
          return rtxSsrc !== undefined && [primary, rtxSsrc].includes(Number(ssrc));
        });
        expect(groups.filter((group) => group.includes(ssrc))).toHaveLength(isPaired ? 1 : 0);
      }
    }),
  );
});
