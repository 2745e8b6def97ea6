import type { ConnectionState } from '#protocol/xmpp-client/connection.ts';
import { lookAt, type MeasuredMedia } from './stats/look-at.ts';

interface DescribedMedia extends MeasuredMedia {
  readonly connectionState: RTCPeerConnectionState;
}

/** For the "Details" of a banner: what an administrator asks for first. English. */
export async function describeConnection(
  state: ConnectionState,
  host: string,
  media: DescribedMedia | undefined,
  isDirect: boolean,
): Promise<readonly string[]> {
  const signalling = `Signalling to ${host}: ${state.name}${state.name === 'connecting' ? `, attempt ${state.attempt}` : ''}`;
  if (media === undefined) return [signalling, 'Media: no session'];
  const { path, roundTripMs, availableOutgoingBps, bytesReceived, bytesSent, sendLoss } = await lookAt(media);
  return [
    signalling,
    `Media: ${isDirect ? 'direct (peer-to-peer)' : 'through the server'}, ${media.connectionState}`,
    `Path: ${path ?? 'none found'}`,
    `Round trip: ${roundTripMs === undefined ? 'unknown' : `${Math.round(roundTripMs)} ms`}`,
    `Outgoing bandwidth: ${availableOutgoingBps === undefined ? 'unknown' : `${Math.round(availableOutgoingBps / 1_000)} kbit/s`}`,
    `Sent: ${bytesSent} bytes, ${(sendLoss * 100).toFixed(1)} % lost`,
    `Received: ${bytesReceived} bytes`,
  ];
}
