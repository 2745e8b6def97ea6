import { type HandlerContext, refuse, type Reply, type Request, succeed } from '../request.ts';
import { readAddressFamily } from '../stun/address-family.ts';
import { AttributeType } from '../stun/attribute-type.ts';
import { ErrorCode } from '../stun/error-code.ts';
import { readLifetime, writeLifetime } from '../stun/lifetime.ts';
import { grantLifetime } from './allocate.ts';

/** Refresh (RFC 8656 §8.2): prolongs an allocation, or ends it or one family of it when the lifetime is zero. */
export function handleRefresh(context: HandlerContext, { message, allocation, nowMs }: Request): Reply {
  if (allocation === undefined) return refuse(ErrorCode.ALLOCATION_MISMATCH);
  const family = readAddressFamily(message, AttributeType.REQUESTED_ADDRESS_FAMILY);
  const askedSeconds = readLifetime(message);
  const relay = family === undefined || family === 'unknown' ? undefined : allocation.relay(family);
  if (family !== undefined && relay === undefined) return refuse(ErrorCode.PEER_FAMILY_MISMATCH);
  if (askedSeconds === 0) {
    if (relay !== undefined && allocation.relays.length > 1) context.allocations.detach(relay, nowMs);
    else context.allocations.end(allocation, 'released', nowMs);
    return succeed((writer) => writeLifetime(writer, 0));
  }
  const lifetimeSeconds = grantLifetime(context, askedSeconds);
  allocation.expiresAtMs = nowMs + lifetimeSeconds * 1000;
  return succeed((writer) => writeLifetime(writer, lifetimeSeconds));
}
