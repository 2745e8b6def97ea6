import type { ClientTransport } from '../allocation.ts';
import type { Family } from '../endpoint.ts';
import type { AuthFailure } from '../long-term-auth.ts';
import type { AnnouncedMedia } from '../peer-policy.ts';
import type {
  AllocationEnd,
  AllocationStart,
  ListenerPorts,
  RelayFigures,
  RelayWorkerOptions,
} from './relay-worker.ts';

// What the main thread and the threads that relay tell each other. Nothing is sent for a packet.

/** What a thread is made with. */
export interface ThreadOptions {
  readonly worker: RelayWorkerOptions;
  readonly ports: ListenerPorts;
}

export type ToThread =
  | { readonly kind: 'serve' | 'drain' | 'stop' }
  | { readonly kind: 'announced'; readonly media: readonly AnnouncedMedia[] }
  | { readonly kind: 'certificate'; readonly cert: Uint8Array; readonly key: Uint8Array };

export interface AllocateAnswers {
  readonly code: number;
  readonly transport: ClientTransport;
  readonly family: Family;
  readonly times: number;
}

/** Once a second: figures, and what was counted since the last one. */
export interface ThreadReport {
  readonly kind: 'report';
  readonly figures: RelayFigures;
  readonly authFailures: readonly { readonly failure: AuthFailure; readonly times: number }[];
  readonly answers: readonly AllocateAnswers[];
}

export type FromThread =
  | ThreadReport
  | { readonly kind: 'listening' }
  | { readonly kind: 'refused'; readonly port: number; readonly hasUdp: boolean; readonly reason: string }
  | { readonly kind: 'started'; readonly start: AllocationStart }
  | { readonly kind: 'ended'; readonly end: AllocationEnd }
  | { readonly kind: 'bug'; readonly error: unknown };
