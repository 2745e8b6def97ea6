import { ipv4, sameAddress } from '../endpoint.ts';
import { type HandlerContext, refuse, type Reply, type Request, succeed } from '../request.ts';
import { AttributeType } from '../stun/attribute-type.ts';
import { readChannelNumber } from '../stun/channel-number.ts';
import { ErrorCode } from '../stun/error-code.ts';
import { readXorAddress } from '../stun/xor-address.ts';

/** ChannelBind (RFC 8656 §12.2): binds a number to a peer and permits the peer's address. */
export function handleChannelBind(context: HandlerContext, { message, allocation, nowMs }: Request): Reply {
  if (allocation === undefined) return refuse(ErrorCode.ALLOCATION_MISMATCH);
  const { limits, policy } = context;
  const number = readChannelNumber(message);
  const peer = ipv4(0);
  if (number === undefined || !readXorAddress(message, AttributeType.XOR_PEER_ADDRESS, peer) || peer.port === 0) {
    return refuse(ErrorCode.BAD_REQUEST);
  }
  if (number < limits.firstChannel || number > limits.lastChannel) return refuse(ErrorCode.BAD_REQUEST);
  // While a binding lives, neither its number nor its peer may be bound otherwise.
  const bound = allocation.channels.byNumber(number, nowMs);
  const boundToPeer = allocation.channels.byPeer(peer, nowMs);
  if (bound !== boundToPeer || (bound !== undefined && !sameAddress(bound.peer, peer))) {
    return refuse(ErrorCode.BAD_REQUEST);
  }
  if (allocation.relay(peer.family) === undefined) return refuse(ErrorCode.PEER_FAMILY_MISMATCH);
  const route = policy.route(peer);
  if (route === undefined) return refuse(ErrorCode.FORBIDDEN);
  allocation.permissions.sweep(nowMs);
  allocation.channels.sweep(nowMs);
  const isNewChannel = bound === undefined;
  if (
    (isNewChannel && allocation.channels.size >= limits.channels) ||
    allocation.permissions.size + allocation.permissions.countMissing([peer]) > limits.permissions
  ) {
    return refuse(ErrorCode.INSUFFICIENT_CAPACITY);
  }
  allocation.permissions.install(peer, policy.judge(peer) === 'some-ports', nowMs);
  allocation.channels.bind(number, peer, route, nowMs);
  return succeed();
}
