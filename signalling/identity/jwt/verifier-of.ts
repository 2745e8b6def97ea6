import { hasKeys, type JwtConfig } from '../config.ts';
import { FileKeys } from './file-keys.ts';
import type { FetchBounds } from './guarded-fetch.ts';
import type { KeySource } from './key-source.ts';
import { JwksKeys, PemServerKeys } from './remote-keys.ts';
import { TokenVerifier } from './token-verifier.ts';

/** People wait for this while they log in. */
const KEY_TIMEOUT_MS = 5_000;
/** A hundred keys with their certificate chains. */
const MAX_KEY_DOCUMENT_BYTES = 512 * 1024;

export interface Tokens {
  /** Undefined: no tokens are accepted. */
  readonly verifier: TokenVerifier | undefined;
  /** @throws StartError */
  start(): Promise<void>;
}

/** What the section `jwt` sets up. */
export function tokensOf(config: JwtConfig): Tokens {
  if (!hasKeys(config)) return { verifier: undefined, start: () => Promise.resolve() };
  const keys = keySource(config);
  const fallback = config.appId === undefined ? [] : [config.appId];
  const verifier = new TokenVerifier({
    secret: config.secret,
    keys,
    issuers: config.issuers.length > 0 ? config.issuers : fallback,
    audiences: config.audiences.length > 0 ? config.audiences : fallback,
    isRoomRequired: config.requireRoom,
    clockSkewSeconds: config.clockSkewSeconds,
    nowSeconds: () => Math.floor(Date.now() / 1000),
  });
  return { verifier, start: () => keys?.start() ?? Promise.resolve() };
}

function keySource({ keyFile, keyUrl, jwksUrl, insecureKeyServer }: JwtConfig): KeySource | undefined {
  const bounds: FetchBounds = {
    timeoutMs: KEY_TIMEOUT_MS,
    maxBytes: MAX_KEY_DOCUMENT_BYTES,
    isHttpAllowed: insecureKeyServer,
  };
  if (keyFile !== undefined) return new FileKeys(keyFile);
  if (keyUrl !== undefined) return new PemServerKeys(keyUrl, bounds);
  return jwksUrl === undefined ? undefined : new JwksKeys(jwksUrl, bounds);
}
