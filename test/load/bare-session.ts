import { ABS_SEND_TIME_URI, TRANSPORT_CC_URI, type ExtensionIds } from './congestion-feedback.ts';
import { LightEndpoint, localFingerprint, type RemoteTransport } from './light-endpoint.ts';
import type { LoadSession, PublishedVideo } from './load-session.ts';

/** What bare-mediasoup.ts answers when it has opened a transport. */
export interface OpenedTransport extends RemoteTransport {
  readonly id: string;
  readonly payloadType: number;
  readonly extensions: readonly { readonly uri: string; readonly preferredId: number }[];
}

/** A participant of bare mediasoup: three HTTP calls in place of signalling. */
export class BareSession implements LoadSession {
  readonly endpoint = new LightEndpoint();
  readonly #controlUrl: string;

  constructor(controlUrl: string) {
    this.#controlUrl = controlUrl;
  }

  async publish(ssrc: number): Promise<PublishedVideo> {
    const transport = await this.#open();
    await this.#post('/publish', { id: transport.id, ssrc });
    return { ssrc, payloadType: transport.payloadType };
  }

  async receive(): Promise<void> {
    const transport = await this.#open();
    this.endpoint.startFeedback(extensionIds(transport));
    await this.#post('/receive', { id: transport.id });
  }

  close(): void {
    this.endpoint.close();
  }

  async #open(): Promise<OpenedTransport> {
    const transport = (await this.#post('/transport', { fingerprint: await localFingerprint() })) as OpenedTransport;
    await this.endpoint.connect(transport);
    return transport;
  }

  async #post(path: string, body: object): Promise<unknown> {
    const response = await fetch(this.#controlUrl + path, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return response.json();
  }
}

function extensionIds({ extensions }: OpenedTransport): ExtensionIds {
  const idOf = (uri: string) => extensions.find((extension) => extension.uri === uri)?.preferredId ?? 0;
  return { transportCc: idOf(TRANSPORT_CC_URI), absSendTime: idOf(ABS_SEND_TIME_URI) };
}
