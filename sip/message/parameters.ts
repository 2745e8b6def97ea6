/**
 * `;name=value` in the order they came; names in lower case, a value without its quotes. A parameter without `=` has the
 * value undefined: `has` tells it from an absent one.
 */
export type SipParameters = ReadonlyMap<string, string | undefined>;
