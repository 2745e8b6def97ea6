import { type Endpoint, ipv4 } from '../endpoint.ts';
import { type HandlerContext, refuse, type Reply, type Request, succeed } from '../request.ts';
import { AttributeType } from '../stun/attribute-type.ts';
import { ErrorCode } from '../stun/error-code.ts';
import { readXorAddressAt } from '../stun/xor-address.ts';

/** CreatePermission (RFC 8656 §9.2): all peers it names or none. */
export function handleCreatePermission(context: HandlerContext, { message, allocation, nowMs }: Request): Reply {
  if (allocation === undefined) return refuse(ErrorCode.ALLOCATION_MISMATCH);
  const peers: Endpoint[] = [];
  for (const offset of message.occurrences(AttributeType.XOR_PEER_ADDRESS)) {
    // More than fit an allocation: no need to look at the rest.
    if (peers.length > context.limits.permissions) return refuse(ErrorCode.INSUFFICIENT_CAPACITY);
    const peer = ipv4(0);
    readXorAddressAt(message, offset, peer);
    peers.push(peer);
  }
  if (peers.length === 0) return refuse(ErrorCode.BAD_REQUEST);
  if (peers.some(({ family }) => allocation.relay(family) === undefined)) {
    return refuse(ErrorCode.PEER_FAMILY_MISMATCH);
  }
  const verdicts = peers.map((peer) => context.policy.judgePermission(peer));
  if (verdicts.includes('none')) return refuse(ErrorCode.FORBIDDEN);
  allocation.permissions.sweep(nowMs);
  if (allocation.permissions.size + allocation.permissions.countMissing(peers) > context.limits.permissions) {
    return refuse(ErrorCode.INSUFFICIENT_CAPACITY);
  }
  peers.forEach((peer, i) => allocation.permissions.install(peer, verdicts[i] === 'some-ports', nowMs));
  return succeed();
}
