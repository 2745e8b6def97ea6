import { AttributeType } from '../stun/attribute-type.ts';
import type { Endpoint } from '../endpoint.ts';
import { type Reply, succeed } from '../request.ts';
import { writeXorAddress } from '../stun/xor-address.ts';

/** Binding (RFC 8489 §2): tells a client the address we see. Nothing more, so that the answer stays short. */
export function handleBinding(client: Endpoint): Reply {
  return succeed((writer) => writeXorAddress(writer, AttributeType.XOR_MAPPED_ADDRESS, client));
}
