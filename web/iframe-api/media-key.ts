/** A key for media as the meeting takes it: JSON text with its bytes, or with `false` for none. */
export async function exportKey(key: CryptoKey | undefined, index: number): Promise<string> {
  const bytes = key === undefined ? undefined : new Uint8Array(await crypto.subtle.exportKey('raw', key));
  return keyText(bytes, index);
}

/** The first key, from two hex digits a byte. */
export function keyFromHex(hex: string): string {
  const bytes = Array.from(hex.matchAll(/[0-9a-f]{2}/giu), ([byte]) => Number.parseInt(byte, 16));
  return keyText(Uint8Array.from(bytes), 0);
}

function keyText(bytes: Uint8Array | undefined, index: number): string {
  return JSON.stringify({ exportedKey: bytes === undefined ? false : Array.from(bytes), index });
}
