// The OpaqueString profile (RFC 8265 §4.2), which RFC 8489 §9.2 applies to user names, realms and passwords: only spaces
// are unified and the text is normalised to NFC; control characters and the empty text are refused.

const CONTROL = /\p{Cc}/u;
const SPACE = /\p{Zs}/gu;

/** The prepared text, or undefined when the profile refuses it. */
export function opaqueString(text: string): string | undefined {
  const prepared = text.replace(SPACE, ' ').normalize('NFC');
  return prepared === '' || CONTROL.test(prepared) ? undefined : prepared;
}
