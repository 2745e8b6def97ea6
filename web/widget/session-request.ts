import { tokenProblem } from '../client/end-reasons.ts';
import type { EndReason } from '../client/meeting-types.ts';
import { fieldsOf } from '../ui/storage/local-store.ts';

export interface SessionRequest {
  readonly accessToken: string;
  readonly serverName: string;
  readonly roomId: string;
  /** Node of the conference. */
  readonly conference: string;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
}

/** The server itself waits eight seconds for the homeserver. */
const TIMEOUT_MS = 15_000;

/** Shows our server what the Matrix client gave. @returns a token for the meeting, or why there is none */
export async function requestSession(request: SessionRequest): Promise<{ token: string } | { refusal: EndReason }> {
  const { accessToken, serverName, roomId, conference, displayName, avatarUrl } = request;
  try {
    const response = await fetch('/matrix/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        openid: { access_token: accessToken, matrix_server_name: serverName },
        room_id: roomId,
        conference,
        display_name: displayName,
        avatar_url: avatarUrl,
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { token, error } = fieldsOf(await response.json());
    if (response.ok && typeof token === 'string') return { token };
    return { refusal: refusalOf(typeof error === 'string' ? error : undefined, serverName) };
  } catch {
    // No connection, no time, or something in between that answers for our server.
    return { refusal: { code: 'unreachable', host: location.host } };
  }
}

function refusalOf(error: string | undefined, serverName: string): EndReason {
  if (error === 'homeserver-unreachable') return { code: 'unreachable', host: serverName };
  return { code: 'token-refused', problem: tokenProblem(error), text: error };
}
