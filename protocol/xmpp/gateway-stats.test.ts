import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xml } from './element.ts';
import { encodeGatewayStats, readGatewayStats } from './gateway-stats.ts';
import { parseXml, serializeXml } from './xml.ts';

test('property: what a gateway says of itself is read the same', () => {
  const text = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
  fc.assert(
    fc.property(
      fc.nat(100_000),
      fc.nat(100_000),
      fc.boolean(),
      fc.integer({ min: 0, max: 1_000 }),
      fc.boolean(),
      text,
      (conferences, participants, isShuttingDown, stress, supportsSip, region) => {
        const stats = {
          conferences,
          participants,
          isShuttingDown,
          stressLevel: stress / 1_000,
          region,
          version: '1',
          supportsSip,
        };
        const presence = parseXml(serializeXml(xml('presence', {}, encodeGatewayStats(stats))));
        expect(readGatewayStats(presence)).toEqual(stats);
      },
    ),
  );
});

test('what is missing, or no number, makes a gateway the last to be chosen', () => {
  const stat = (name: string, value: string) => xml('stat', { name, value });
  const stats = xml(
    'stats',
    { xmlns: 'http://jitsi.org/protocol/colibri' },
    stat('stress_level', '-1'),
    stat('participants', 'NaN'),
  );
  expect(readGatewayStats(xml('presence', {}, stats))).toEqual({
    conferences: 0,
    participants: 0,
    isShuttingDown: false,
    stressLevel: 1,
    supportsSip: false,
  });
  expect(readGatewayStats(xml('presence'))).toBeUndefined();
});
