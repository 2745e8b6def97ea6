import type { ClientConnection } from '#runtime/http.ts';
import { isLoopbackName } from '#runtime/deployment.ts';

/**
 * The origin to name to a client: the one under which it came if that is the public one or a loopback name, else the
 * public one (decisions.md, "bridge channel URL"); never a name that only the request knows.
 */
export function originFor(client: ClientConnection, publicUrl: string): string {
  const asked = URL.parse(`${client.protocol}://${client.host}`);
  if (asked === null || asked.origin === 'null') return publicUrl;
  const isOurs = asked.hostname === new URL(publicUrl).hostname || isLoopbackName(asked.hostname);
  return isOurs ? asked.origin : publicUrl;
}

/** The same origin for WebSockets. */
export function webSocketOrigin(origin: string): string {
  return origin.replace(/^http/, 'ws');
}
