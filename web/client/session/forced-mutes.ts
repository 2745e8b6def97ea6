import { log } from '../log.ts';
import type { StateStore } from '../meeting-state.ts';
import type { MuteKind } from '../meeting-types.ts';
import type { LocalSources } from './local-sources.ts';

export interface ForcedMutePorts {
  readonly local: LocalSources;
  readonly state: StateStore;
  /** Display name of an occupant. */
  readonly nameOf: (id: string) => string | undefined;
  /** Asks the focus to let that kind of ours through again; undefined while there is no stay. */
  readonly unmute: (kind: MuteKind) => Promise<unknown> | undefined;
}

/** What moderators have muted of ours. The focus lets it through again only when told (wire note §5.11). */
export class ForcedMutes {
  readonly #ports: ForcedMutePorts;
  readonly #kinds = new Set<MuteKind>();

  constructor(ports: ForcedMutePorts) {
    this.#ports = ports;
  }

  /** @param actor id of who did it */
  muted(kind: MuteKind, actor: string | undefined): void {
    const { state, nameOf } = this.#ports;
    this.#kinds.add(kind);
    const wasSending = this.#isSending(kind);
    this.#stopSending(kind);
    // "Everyone" includes those whom it takes nothing from: they need not read of it.
    if (!wasSending) return;
    state.patchSelf({ mutedBy: { kind, by: (actor === undefined ? undefined : nameOf(actor)) ?? '' } });
  }

  /** We send this kind again. */
  lift(kind: MuteKind): void {
    const { state, unmute } = this.#ports;
    if (!this.#kinds.has(kind)) return;
    const asked = unmute(kind);
    if (asked === undefined) return;
    this.#kinds.delete(kind);
    if (state.value.self.mutedBy?.kind === kind) state.patchSelf({ mutedBy: undefined });
    asked.catch((error: unknown) => {
      log.warn('the focus did not allow to unmute', error);
      this.#kinds.add(kind);
      this.#stopSending(kind);
    });
  }

  #isSending(kind: MuteKind): boolean {
    const { local } = this.#ports;
    if (kind === 'desktop') return local.track('screen') !== undefined;
    return !local.isMuted(kind === 'audio' ? 'microphone' : 'camera');
  }

  #stopSending(kind: MuteKind): void {
    const { local } = this.#ports;
    if (kind === 'desktop') {
      local.setTrack('screen', undefined);
      local.setTrack('screen-audio', undefined);
    } else {
      local.setMuted(kind === 'audio' ? 'microphone' : 'camera', true);
    }
  }
}
