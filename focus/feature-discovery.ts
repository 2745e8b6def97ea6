import { createHash } from 'node:crypto';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import {
  capsVerificationText,
  decodeDiscoInfo,
  discoInfoQuery,
  type Caps,
  type DiscoInfo,
} from '#protocol/xmpp/disco.ts';
import type { IqExchange } from './iq-exchange.ts';

export type Features = ReadonlySet<string>;

const NO_FEATURES: Features = new Set();
const MAX_CACHED = 500;
/** A client that does not answer in time is treated as one without features; the offer should not wait long. */
const QUERY_TIMEOUT_MS = 5_000;

/**
 * What clients can do (XEP-0030), asked once per version of a client: the caps hash in presence names the answer
 * (XEP-0115). A hash that the answer does not prove is used for its sender alone, so that nobody can spoil the answer for
 * others.
 */
export class FeatureDiscovery {
  readonly #cache = new Map<string, Features>();

  /**
   * @param occupant address of the occupant whose client is asked.
   * @returns its features; none when it does not answer.
   */
  async featuresOf(occupant: string, caps: Caps | undefined, exchange: IqExchange): Promise<Features> {
    const key = caps === undefined ? undefined : `${caps.hash} ${caps.ver}`;
    const cached = key === undefined ? undefined : this.#cache.get(key);
    if (cached !== undefined) return cached;
    const node = caps === undefined ? undefined : `${caps.node}#${caps.ver}`;
    const outcome = await exchange.request('get', occupant, discoInfoQuery(node), QUERY_TIMEOUT_MS);
    if (outcome.kind !== 'result') return NO_FEATURES;
    let info: DiscoInfo | undefined;
    try {
      info = decodeDiscoInfo(outcome.iq);
    } catch (error) {
      if (error instanceof DecodeError) return NO_FEATURES;
      throw error;
    }
    if (info === undefined) return NO_FEATURES;
    const features: Features = new Set(info.features);
    if (key !== undefined && caps !== undefined && proves(info, caps)) this.#remember(key, features);
    return features;
  }

  #remember(key: string, features: Features): void {
    const oldest = this.#cache.keys().next();
    if (this.#cache.size >= MAX_CACHED && oldest.done !== true) this.#cache.delete(oldest.value);
    this.#cache.set(key, features);
  }
}

/** XEP-0115 §5.4; only the mandatory hash, which all Jitsi clients use. */
function proves(info: DiscoInfo, caps: Caps): boolean {
  return caps.hash === 'sha-1' && createHash('sha1').update(capsVerificationText(info)).digest('base64') === caps.ver;
}
