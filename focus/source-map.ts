import { parseSourceName, type Source } from '#protocol/media/source.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';

/** What one participant may send; more than any client does (three cameras with simulcast and RTX). */
const MAX_SSRCS_PER_PARTICIPANT = 20;
const MAX_GROUPS_PER_PARTICIPANT = 20;

/**
 * Who owns which source of a conference (wire note §5.4). A refused change leaves the map as it was and names the reason;
 * no participant can touch what another one owns.
 */
export class SourceMap {
  readonly #byOwner = new Map<string, Map<string, Source>>();
  readonly #ownerOfSsrc = new Map<number, string>();
  readonly #ownerOfMsid = new Map<string, string>();

  /** @returns why the sources cannot be used, or undefined when they were added. */
  add(owner: string, sources: readonly Source[]): StanzaError | undefined {
    const own = this.#byOwner.get(owner) ?? new Map<string, Source>();
    const problem = this.#problem(owner, own, sources);
    if (problem !== undefined) return stanzaError('modify', 'bad-request', problem);
    for (const source of sources) {
      own.set(source.name, source);
      this.#ownerOfMsid.set(source.msid, owner);
      for (const ssrc of source.ssrcs) this.#ownerOfSsrc.set(ssrc, owner);
    }
    if (own.size > 0) this.#byOwner.set(owner, own);
    return undefined;
  }

  /** Forgets sources by name; names that the owner does not have are ignored. */
  remove(owner: string, names: readonly string[]): void {
    const own = this.#byOwner.get(owner);
    if (own === undefined) return;
    for (const name of names) {
      const source = own.get(name);
      if (source === undefined) continue;
      own.delete(name);
      this.#ownerOfMsid.delete(source.msid);
      for (const ssrc of source.ssrcs) this.#ownerOfSsrc.delete(ssrc);
    }
    if (own.size === 0) this.#byOwner.delete(owner);
  }

  /** Forgets everything an owner has. @returns the names. */
  removeOwner(owner: string): readonly string[] {
    const names = [...(this.#byOwner.get(owner)?.keys() ?? [])];
    this.remove(owner, names);
    return names;
  }

  /**
   * The owner's sources to which these SSRCs belong. Unknown ones are ignored, since clients repeat removals after a
   * reconnection (wire note §5.5).
   * @returns the refusal where an SSRC is somebody else's.
   */
  namesOf(owner: string, ssrcs: readonly number[]): readonly string[] | StanzaError {
    const foreign = ssrcs.find((ssrc) => (this.#ownerOfSsrc.get(ssrc) ?? owner) !== owner);
    if (foreign !== undefined) return stanzaError('modify', 'bad-request', `SSRC ${foreign} is not yours`);
    const named = new Set(ssrcs);
    return [...(this.#byOwner.get(owner)?.values() ?? [])]
      .filter((source) => source.ssrcs.some((ssrc) => named.has(ssrc)))
      .map(({ name }) => name);
  }

  /** Whether the source exists now. */
  has(owner: string, name: string): boolean {
    return this.#byOwner.get(owner)?.has(name) ?? false;
  }

  sourcesOf(owner: string): readonly Source[] {
    return [...(this.#byOwner.get(owner)?.values() ?? [])];
  }

  get size(): number {
    return this.#byOwner.values().reduce((sum, own) => sum + own.size, 0);
  }

  #problem(owner: string, own: ReadonlyMap<string, Source>, added: readonly Source[]): string | undefined {
    const all = [...own.values(), ...added];
    const ssrcCount = all.reduce((sum, { ssrcs }) => sum + ssrcs.length, 0);
    if (ssrcCount > MAX_SSRCS_PER_PARTICIPANT) return `more than ${MAX_SSRCS_PER_PARTICIPANT} SSRCs`;
    const groupCount = all.reduce((sum, { groups }) => sum + groups.length, 0);
    if (groupCount > MAX_GROUPS_PER_PARTICIPANT) return `more than ${MAX_GROUPS_PER_PARTICIPANT} source groups`;
    const names = new Set(own.keys());
    const msids = new Set<string>();
    const ssrcs = new Set<number>();
    for (const source of added) {
      const problem = problemOfSource(owner, source);
      if (problem !== undefined) return problem;
      if (names.has(source.name)) return `there is a source ${source.name} already`;
      if (msids.has(source.msid) || this.#ownerOfMsid.has(source.msid)) return `the msid of ${source.name} is in use`;
      names.add(source.name);
      msids.add(source.msid);
      for (const ssrc of source.ssrcs) {
        if (ssrcs.has(ssrc) || this.#ownerOfSsrc.has(ssrc)) return `SSRC ${ssrc} is in use`;
        ssrcs.add(ssrc);
      }
    }
    return undefined;
  }
}

/** What is wrong with a source by itself. */
function problemOfSource(owner: string, source: Source): string | undefined {
  const name = parseSourceName(source.name);
  if (name === undefined) return `${source.name} is not a source name`;
  if (name.endpoint !== owner || source.owner !== owner) return `${source.name} is not a source of ${owner}`;
  if (name.kind !== source.kind) return `${source.name} is not the name of ${source.kind}`;
  const outOfRange = source.ssrcs.find((ssrc) => !Number.isInteger(ssrc) || ssrc < 1 || ssrc > 0xffff_ffff);
  if (outOfRange !== undefined) return `${outOfRange} is not an SSRC`;
  return source.kind === 'audio' ? problemOfAudio(source) : problemOfVideo(source);
}

function problemOfAudio({ name, ssrcs, groups }: Source): string | undefined {
  return ssrcs.length === 1 && groups.length === 0 ? undefined : `${name} must have one SSRC and no groups`;
}

/** Video is one stream or the layers of one SIM group, each with at most one RTX stream (wire note §5.6). */
function problemOfVideo({ name, ssrcs, groups }: Source): string | undefined {
  const known = new Set(ssrcs);
  const simulcast = groups.filter(({ semantics }) => semantics === 'SIM');
  const pairs = groups.filter(({ semantics }) => semantics === 'FID');
  if (groups.some((group) => group.ssrcs.some((ssrc) => !known.has(ssrc))))
    return `a group of ${name} has unknown SSRCs`;
  if (simulcast.length > 1) return `${name} has more than one SIM group`;
  if (pairs.some((group) => group.ssrcs.length !== 2)) return `a FID group of ${name} is not a pair`;
  const retransmissions = new Set(pairs.map((group) => group.ssrcs[1]));
  const primaries = simulcast[0]?.ssrcs ?? ssrcs.filter((ssrc) => !retransmissions.has(ssrc)).slice(0, 1);
  const streams = new Set([...primaries, ...retransmissions]);
  if (streams.size !== primaries.length + pairs.length) return `the groups of ${name} overlap`;
  if (streams.size !== known.size) return `${name} has SSRCs outside its groups`;
  const paired = pairs.map((group) => group.ssrcs[0]);
  if (new Set(paired).size !== paired.length) return `a stream of ${name} has two RTX streams`;
  if (paired.some((ssrc) => ssrc === undefined || !primaries.includes(ssrc))) return `RTX of ${name} without a stream`;
  return undefined;
}
