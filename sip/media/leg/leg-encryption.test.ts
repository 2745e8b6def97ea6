import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { MASTER_BYTES } from '../srtp/session-keys.ts';
import { LegEncryption } from './leg-encryption.ts';

const newKeys = () => ({ localKey: randomBytes(MASTER_BYTES), remoteKey: randomBytes(MASTER_BYTES) });

it('counts on under a key that stays, and anew under another, each direction by itself', () => {
  const keys = newKeys();
  const first = LegEncryption.renew(undefined, keys);
  const again = LegEncryption.renew(first, { localKey: Buffer.from(keys.localKey), remoteKey: keys.remoteKey });
  expect(again?.sender).toBe(first?.sender);
  expect(again?.receiver).toBe(first?.receiver);
  const rekeyed = LegEncryption.renew(again, { ...keys, remoteKey: randomBytes(MASTER_BYTES) });
  expect(rekeyed?.sender).toBe(first?.sender);
  expect(rekeyed?.receiver).not.toBe(first?.receiver);
  expect(LegEncryption.renew(rekeyed, newKeys())?.sender).not.toBe(first?.sender);
});

it('ends with a description without keys', () => {
  expect(LegEncryption.renew(LegEncryption.renew(undefined, newKeys()), undefined)).toBeUndefined();
});
