import type { HostControl, LoginProblem } from '../../client/meeting-types.ts';
import { loadPart } from '../parts/load-part.ts';
import type { ServerConfig } from '../server-config.ts';
import { account } from '../storage/account.ts';
import { hostLoginStore } from '../storage/host-login.ts';
import { machineUid } from '../storage/machine-uid.ts';
import { generateRoomName } from './room-generator.ts';

type Credentials = Parameters<HostControl['logIn']>[0];

/**
 * Logs in with an account of this server where there is no meeting yet; the next meetings are entered with it. Never rejects.
 * @returns what is wrong; undefined: one is logged in
 */
export async function logInToAccount(
  server: ServerConfig,
  credentials: Credentials,
): Promise<LoginProblem | undefined> {
  // Only who logs in here needs the means to speak to the server.
  const client = await loadPart(() => import('../../client/host/log-in.ts'));
  if (client.kind !== 'loaded') return client.kind === 'offline' ? 'unreachable' : 'failed';
  const { webSocketUrl, xmppDomain } = server;
  const node = generateRoomName();
  const place = { webSocketUrl, xmppDomain, node, room: '', machineUid: machineUid() };
  const outcome = await client.part.logIn(place, credentials, false);
  if (!outcome.isIn) return outcome.problem;
  account.value = credentials;
  return undefined;
}

/** The server lets what it gave a host lapse: nobody else has it. */
export function logOutOfAccount(): void {
  account.value = undefined;
  hostLoginStore.write(undefined);
}
