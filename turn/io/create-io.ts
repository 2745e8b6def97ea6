import type { DatagramIo } from './datagram-io.ts';
import { DgramIo } from './dgram-io.ts';

export type IoChoice = 'auto' | 'native' | 'dgram';

/** The back end, and why it is not the addon although it could have been. */
export interface IoSelection {
  io: DatagramIo;
  fallbackReason: string | undefined;
}

/** @throws Error when `native` is asked for and cannot be had. */
export function createIo(_choice: IoChoice): IoSelection {
  return { io: new DgramIo(), fallbackReason: 'not built' };
}
