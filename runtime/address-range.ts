import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** An IP address or a range of them, as configuration writes it: `10.0.0.0/8`. */
export const addressRange = z.string().refine((text) => ipaddr.isValid(text) || ipaddr.isValidCIDR(text), {
  error: 'expected an IP address or a range such as 10.0.0.0/8',
});
