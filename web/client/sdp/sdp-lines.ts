/** SDP (RFC 8866) as lines: what reading and changing a browser's description needs, and no more. */
export interface SdpLines {
  /** Everything before the first m-line. */
  readonly session: readonly string[];
  /** Per m-section its lines, the m-line first. */
  readonly media: readonly (readonly string[])[];
}

export function splitSdp(sdp: string): SdpLines {
  const session: string[] = [];
  const media: string[][] = [];
  for (const line of sdp.split(/\r?\n/)) {
    if (line === '') continue;
    if (line.startsWith('m=')) media.push([line]);
    else (media.at(-1) ?? session).push(line);
  }
  return { session, media };
}

export function joinSdp({ session, media }: SdpLines): string {
  return [...session, ...media.flat(), ''].join('\r\n');
}

/** Values of `a=<name>:<value>`; an attribute without value gives an empty text. */
export function attributeValues(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}`;
  return lines.flatMap((line) => {
    if (line === prefix) return [''];
    return line.startsWith(`${prefix}:`) ? [line.slice(prefix.length + 1)] : [];
  });
}

export function attributeValue(lines: readonly string[], name: string): string | undefined {
  return attributeValues(lines, name)[0];
}
