import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { fitsAlgorithm, KeyServerError } from './key-source.ts';

const MAX_KEYS = 100;

/** RFC 7517 §4, §5; of each key only what is needed to decide whether it can be one of ours. */
const keySetSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(MAX_KEYS) });
const keySchema = z.looseObject({
  kty: z.enum(['RSA', 'EC']),
  kid: z.string(),
  use: z.literal('sig').optional(),
  alg: z.enum(['RS256', 'ES256']).optional(),
});

/** The keys of a JWKS that can verify RS256 or ES256. */
export class JsonWebKeySet {
  readonly #keys: ReadonlyMap<string, { readonly key: KeyObject; readonly alg: string | undefined }>;

  /** @throws KeyServerError (`bad-key`) for what is no JWKS; single keys that cannot be used are skipped. */
  constructor(json: string) {
    this.#keys = new Map(
      parseKeys(json).flatMap((entry) => {
        const described = keySchema.safeParse(entry);
        if (!described.success) return [];
        const key = importKey(entry);
        return key === undefined ? [] : [[described.data.kid, { key, alg: described.data.alg }] as const];
      }),
    );
  }

  find(kid: string | undefined, alg: string): KeyObject | undefined {
    const entry = kid === undefined ? undefined : this.#keys.get(kid);
    if (entry === undefined || (entry.alg !== undefined && entry.alg !== alg)) return undefined;
    return fitsAlgorithm(entry.key, alg) ? entry.key : undefined;
  }
}

function parseKeys(json: string): readonly Record<string, unknown>[] {
  try {
    return keySetSchema.parse(JSON.parse(json)).keys;
  } catch (cause) {
    throw new KeyServerError('bad-key', 'gives no JSON Web Key Set', { cause });
  }
}

function importKey(key: Record<string, unknown>): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    // A key of a kind, or with numbers, that the crypto library does not know: others may be fine.
    return undefined;
  }
}

/** @throws KeyServerError (`bad-key`) */
export function publicKeyFromPem(pem: Buffer): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new KeyServerError('bad-key', 'gives no public key in PEM', { cause });
  }
}
