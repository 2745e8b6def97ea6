import type { LightEndpoint } from './light-endpoint.ts';

/** What a publisher must write into its RTP packets. */
export interface PublishedVideo {
  readonly ssrc: number;
  readonly payloadType: number;
}

/** One participant's way into a server, whatever its signalling. */
export interface LoadSession {
  readonly endpoint: LightEndpoint;
  /** Resolves when the server takes video with this SSRC. */
  publish(ssrc: number): Promise<PublishedVideo>;
  /** Resolves when the server has been told to forward; packets arrive at {@link endpoint}. */
  receive(): Promise<void>;
  close(): void;
}
