import { fieldsOf, readStored, writeStored } from './local-store.ts';

export interface RecentRoom {
  readonly path: string;
  readonly title: string;
  readonly joinedAtMs: number;
  readonly durationMs: number;
}

const KEY = 'parley.recent-rooms';
const MAX_ROOMS = 8;

function parseRooms(value: unknown): readonly RecentRoom[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const { path, title, joinedAtMs, durationMs } = fieldsOf(entry);
    const isRoom =
      typeof path === 'string' &&
      path.startsWith('/') &&
      !path.startsWith('//') &&
      typeof title === 'string' &&
      typeof joinedAtMs === 'number' &&
      typeof durationMs === 'number';
    return isRoom ? [{ path, title, joinedAtMs, durationMs }] : [];
  });
}

/** Meetings joined from this device, the latest first. */
export function recentRooms(): readonly RecentRoom[] {
  return readStored(KEY, parseRooms);
}

export function rememberRoom(room: RecentRoom): void {
  const others = recentRooms().filter((known) => known.path !== room.path);
  writeStored(KEY, [room, ...others].slice(0, MAX_ROOMS));
}

export function forgetRoom(path: string): void {
  writeStored(
    KEY,
    recentRooms().filter((room) => room.path !== path),
  );
}
