import type { Allocation } from '../allocation.ts';
import { Counter, type Counters, count } from '../counters.ts';
import { type Endpoint, ipv4 } from '../endpoint.ts';
import type { RelayPath } from '../relay-path.ts';
import { AttributeType } from '../stun/attribute-type.ts';
import type { StunMessage } from '../stun/message.ts';
import { readXorAddress } from '../stun/xor-address.ts';

/** Reused: a Send indication is a packet on its way, not a request. */
const peer: Endpoint = ipv4(0);

/**
 * Send indication (RFC 8656 §11.2). Whatever is wrong with it, it is dropped without an answer.
 * @param canSetDontFragment otherwise DONT-FRAGMENT counts as not understood, which drops the indication (§15).
 */
export function handleSend(
  relayPath: RelayPath,
  counters: Counters,
  allocation: Allocation,
  message: StunMessage,
  canSetDontFragment: boolean,
  nowMs: number,
): void {
  const data = message.find(AttributeType.DATA);
  const dontFragment = message.has(AttributeType.DONT_FRAGMENT);
  const isUnderstood = message.unknownTypes.length === 0 && (!dontFragment || canSetDontFragment);
  if (data < 0 || !isUnderstood || !readXorAddress(message, AttributeType.XOR_PEER_ADDRESS, peer)) {
    count(counters, Counter.DROPPED_MALFORMED);
    return;
  }
  relayPath.dataFromClient(allocation, peer, data, message.valueLength(data), dontFragment, nowMs);
}
