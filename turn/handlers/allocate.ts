import { Allocation } from '../allocation.ts';
import type { OpenRelay, PortWish } from '../allocation-table.ts';
import type { Family } from '../endpoint.ts';
import { type HandlerContext, refuse, type Reply, type Request, succeed } from '../request.ts';
import { readAddressFamily } from '../stun/address-family.ts';
import { writeAddressErrorCode } from '../stun/address-error-code.ts';
import { AttributeType } from '../stun/attribute-type.ts';
import { ErrorCode } from '../stun/error-code.ts';
import { readEvenPort } from '../stun/even-port.ts';
import { readLifetime, writeLifetime } from '../stun/lifetime.ts';
import { PROTOCOL_UDP, readRequestedTransport } from '../stun/requested-transport.ts';
import { readReservationToken, RESERVATION_TOKEN_BYTES } from '../stun/reservation-token.ts';
import { writeXorAddress } from '../stun/xor-address.ts';

/** RFC 8656 §7.2: a reserved port waits this long. */
const RESERVATION_MS = 30_000;

/** What a well-formed Allocate asks for. */
interface Wish {
  family: Family;
  additionalFamily: Family | undefined;
  port: PortWish;
  token: string | undefined;
  lifetimeSeconds: number;
}

/** Allocate (RFC 8656 §7.2); the steps are numbered as there. */
export function handleAllocate(context: HandlerContext, request: Request): Reply {
  const { message, source, owner, nowMs } = request;
  // Step 1, authentication, and the answer to a retransmission are behind us. Step 2:
  if (request.allocation !== undefined) return refuse(ErrorCode.ALLOCATION_MISMATCH);
  // Step 3.
  const transport = readRequestedTransport(message);
  if (transport === undefined) return refuse(ErrorCode.BAD_REQUEST);
  if (transport !== PROTOCOL_UDP) return refuse(ErrorCode.UNSUPPORTED_TRANSPORT);
  // Step 4: what we cannot do counts as not understood.
  if (message.has(AttributeType.DONT_FRAGMENT) && !context.canSetDontFragment) {
    return { kind: 'error', code: ErrorCode.UNKNOWN_ATTRIBUTE, unknownTypes: [AttributeType.DONT_FRAGMENT] };
  }
  const wish = readWish(context, request);
  if (typeof wish === 'number') return refuse(wish);
  // Later steps cost something: quota first, and whatever fails afterwards gives it back.
  if (context.isDraining || context.allocations.size >= context.limits.allocations) {
    return refuse(ErrorCode.INSUFFICIENT_CAPACITY);
  }
  if (!context.quotas.take(owner.subject, source.client)) return refuse(ErrorCode.ALLOCATION_QUOTA_REACHED);
  const opened = openRelays(context, wish, owner.username, nowMs);
  if (opened === undefined) {
    context.quotas.release(owner.subject, source.client);
    return refuse(ErrorCode.INSUFFICIENT_CAPACITY);
  }
  const allocation = new Allocation({
    id: context.randomHex(6),
    listener: source.listener,
    client: { ...source.client },
    stream: source.stream,
    transport: source.transport,
    owner,
    createdAtMs: nowMs,
    maxBitrateBps: context.limits.maxBitrateBps,
  });
  const { relay, additional } = opened;
  context.allocations.add(allocation, additional === undefined ? [relay] : [relay, additional]);
  if (opened.reserved !== undefined) {
    const token = context.randomHex(RESERVATION_TOKEN_BYTES);
    context.allocations.reserve(allocation, opened.reserved, token, nowMs + RESERVATION_MS);
  }
  const { lifetimeSeconds } = wish;
  allocation.expiresAtMs = nowMs + lifetimeSeconds * 1000;
  const { reservation, relays } = allocation;
  return succeed((writer) => {
    for (const { advertised } of relays) writeXorAddress(writer, AttributeType.XOR_RELAYED_ADDRESS, advertised);
    if (wish.additionalFamily !== undefined && opened.additional === undefined) {
      const isSupported = context.allocations.supports(wish.additionalFamily);
      const code = isSupported ? ErrorCode.INSUFFICIENT_CAPACITY : ErrorCode.ADDRESS_FAMILY_NOT_SUPPORTED;
      writeAddressErrorCode(writer, wish.additionalFamily, code);
    }
    writeLifetime(writer, lifetimeSeconds);
    if (reservation !== undefined) {
      writer.attributeBytes(AttributeType.RESERVATION_TOKEN, Buffer.from(reservation.token, 'hex'));
    }
    writeXorAddress(writer, AttributeType.XOR_MAPPED_ADDRESS, source.client);
  });
}

function readWish(context: HandlerContext, { message, source }: Request): Wish | ErrorCode {
  const token = readReservationToken(message);
  const evenPort = readEvenPort(message);
  const requested = readAddressFamily(message, AttributeType.REQUESTED_ADDRESS_FAMILY);
  const additional = readAddressFamily(message, AttributeType.ADDITIONAL_ADDRESS_FAMILY);
  // Step 5.
  if (token !== undefined && (evenPort !== undefined || requested !== undefined)) return ErrorCode.BAD_REQUEST;
  // Steps 7 and 9: only IPv6 can be additional, and only to an address that nothing else constrains.
  if (additional !== undefined) {
    const clashes = token !== undefined || evenPort === 'even-and-reserve' || requested !== undefined;
    if (clashes || additional === 4) return ErrorCode.BAD_REQUEST;
    if (additional === 'unknown') return ErrorCode.ADDRESS_FAMILY_NOT_SUPPORTED;
  }
  // Step 8.
  const family = requested ?? (context.limits.familyFollowsClient ? source.client.family : 4);
  if (family === 'unknown' || (token === undefined && !context.allocations.supports(family))) {
    return ErrorCode.ADDRESS_FAMILY_NOT_SUPPORTED;
  }
  const lifetimeSeconds = grantLifetime(context, readLifetime(message));
  return { family, additionalFamily: additional, port: evenPort ?? 'any', token, lifetimeSeconds };
}

/**
 * RFC 8656 §7.2: no less than the default, however little was asked for, and no more than the maximum. While draining no
 * more than the default either, so that a client that vanishes does not hold the process for long.
 */
export function grantLifetime({ limits, isDraining }: HandlerContext, askedSeconds: number | undefined): number {
  const { defaultLifetimeSeconds, maxLifetimeSeconds } = limits;
  const seconds = askedSeconds ?? defaultLifetimeSeconds;
  return Math.min(Math.max(seconds, defaultLifetimeSeconds), isDraining ? defaultLifetimeSeconds : maxLifetimeSeconds);
}

interface OpenRelays {
  relay: OpenRelay;
  additional: OpenRelay | undefined;
  reserved: OpenRelay | undefined;
}

/** Opens every socket the wish needs, or none of them. */
function openRelays(context: HandlerContext, wish: Wish, username: string, nowMs: number): OpenRelays | undefined {
  const { allocations } = context;
  if (wish.token !== undefined) {
    const claimed = allocations.claim(wish.token, username, nowMs);
    return claimed && { relay: claimed, additional: undefined, reserved: undefined };
  }
  const relay = allocations.openRelay(wish.family, wish.port, nowMs);
  if (relay === undefined) return undefined;
  if (wish.port === 'even-and-reserve') {
    const reserved = allocations.openNext(relay);
    if (reserved !== undefined) return { relay, additional: undefined, reserved };
    allocations.closeUnused(relay);
    return undefined;
  }
  const additional = wish.additionalFamily && allocations.openRelay(wish.additionalFamily, 'any', nowMs);
  return { relay, additional, reserved: undefined };
}
