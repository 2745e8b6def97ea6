import { signal } from '@preact/signals';
import type { HostLogin, HostLoginStore } from '../../client/meeting-types.ts';
import { fieldsOf, readStored, writeStored } from './local-store.ts';

const KEY = 'parley.host-login';

/** The host who has logged in on this device, for all its meetings; the server lets it lapse after some hours. */
export const hostLogin = signal(readStored(KEY, parse));

export const hostLoginStore: HostLoginStore = {
  read: () => hostLogin.peek(),
  write(login) {
    hostLogin.value = login;
    writeStored(KEY, login ?? null);
  },
};

function parse(value: unknown): HostLogin | undefined {
  const { username, sessionId } = fieldsOf(value);
  return typeof username === 'string' && typeof sessionId === 'string' ? { username, sessionId } : undefined;
}
