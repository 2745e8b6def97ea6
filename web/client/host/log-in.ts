import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { Connection, type ConnectionFailure } from '#protocol/xmpp-client/connection.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import type { RetryPolicy } from '#protocol/xmpp-client/retry-policy.ts';
import type { Credentials } from '#protocol/xmpp-client/scram-login.ts';
import type { HostLogin, LoginProblem } from '../meeting-types.ts';
import { requestConference } from '../room/focus-requests.ts';
import { platform } from '../platform.ts';

export interface LoginPlace {
  readonly webSocketUrl: string;
  readonly xmppDomain: string;
  /** Local part and bare JID of the room. */
  readonly node: string;
  readonly room: string;
  readonly machineUid: string;
}

export type LoginOutcome =
  | { readonly isIn: true; /** Undefined where nothing was opened. */ readonly login: HostLogin | undefined }
  | { readonly isIn: false; readonly problem: LoginProblem };

/** Whoever typed a password wants to know at once. */
const NEVER: RetryPolicy = { delayMs: () => undefined };

/**
 * Shows name and password on a connection of its own, which then ends (wire note §3.3, "secure domain"). Never rejects.
 * @param opensMeeting also asks for the meeting, and brings what the guest's connection shows from then on
 */
export async function logIn(
  { webSocketUrl: url, xmppDomain, node, room, machineUid }: LoginPlace,
  { username, password }: Credentials,
  opensMeeting: boolean,
): Promise<LoginOutcome> {
  // Browsers compute nothing secret for pages that came unprotected.
  if (globalThis.crypto?.subtle === undefined) return { isIn: false, problem: 'not-here' };
  const hosts = xmppHosts(xmppDomain);
  const login = { username: withoutHost(username, [hosts.auth, hosts.domain]), password };
  const connection = new Connection({ url, domain: hosts.auth, login, room: node, retry: NEVER, platform });
  try {
    const failure = await new Promise<ConnectionFailure | undefined>((resolve) => {
      connection.on('bound', () => resolve(undefined));
      connection.on('failed', resolve);
      connection.connect();
    });
    if (failure !== undefined) return { isIn: false, problem: problemOf(failure) };
    if (!opensMeeting) return { isIn: true, login: undefined };
    const answer = await requestConference(connection, hosts.focus, { room, machineUid });
    const { sessionId } = answer;
    if (sessionId === undefined) return { isIn: false, problem: 'failed' };
    return { isIn: true, login: { username: answer.identity ?? login.username, sessionId } };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { isIn: false, problem: error.code === 'refused' ? 'failed' : 'unreachable' };
  } finally {
    connection.close();
  }
}

/** People write their address, too. */
function withoutHost(name: string, hosts: readonly string[]): string {
  const at = name.lastIndexOf('@');
  return hosts.includes(name.slice(at + 1).toLowerCase()) ? name.slice(0, Math.max(at, 0)) : name;
}

function problemOf(failure: ConnectionFailure): LoginProblem {
  if (failure.code === 'unreachable') {
    // RFC 6120 §6.5.11: so servers say that they count failed log-ins.
    return failure.condition === 'temporary-auth-failure' ? 'too-many-tries' : 'unreachable';
  }
  if (failure.reason !== 'sasl') return 'failed';
  if (failure.condition === 'invalid-mechanism') return 'not-here';
  return failure.condition === 'not-authorized' || failure.condition === 'malformed-request' ? 'wrong' : 'failed';
}
