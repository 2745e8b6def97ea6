import { PostMessageTransportBackend, Transport } from '@jitsi/js-utils/transport';

/** The other side of the iframe API as Jitsi has it: their own transport, with the meeting's window at its end. */
export interface Embedded {
  readonly frame: HTMLIFrameElement;
  readonly transport: Transport;
  /** As they came. */
  readonly events: { readonly name: string; readonly [field: string]: unknown }[];
  command(name: string, ...args: readonly unknown[]): void;
  request(name: string, fields?: object): Promise<unknown>;
  remove(): void;
}

declare global {
  interface Window {
    embed(url: string, apiId: number, commands: readonly (readonly [string, ...unknown[]])[]): Embedded;
    embedded: Embedded;
  }
}

window.embed = (url, apiId, commands) => {
  const frame = document.createElement('iframe');
  frame.title = 'Meeting';
  frame.allow = 'autoplay; camera; clipboard-write; display-capture; microphone; screen-wake-lock; speaker-selection';
  frame.style.cssText = 'border: 0; width: 100%; height: 100%; display: block';
  frame.src = url;
  document.body.append(frame);
  const transport = new Transport({
    backend: new PostMessageTransportBackend({
      postisOptions: {
        scope: `jitsi_meet_external_api_${apiId}`,
        ...(frame.contentWindow && { window: frame.contentWindow }),
      },
    }),
  });
  const events: Embedded['events'] = [];
  transport.on('event', (event: Embedded['events'][number]) => {
    events.push(event);
    return true;
  });
  const command: Embedded['command'] = (name, ...data) => transport.sendEvent({ name, data });
  window.embedded = {
    frame,
    transport,
    events,
    command,
    request: (name, fields = {}) => transport.sendRequest({ ...fields, name }),
    remove() {
      transport.dispose();
      frame.remove();
    },
  };
  for (const [name, ...args] of commands) command(name, ...args);
  return window.embedded;
};

const query = new URLSearchParams(location.search);
const url = query.get('url');
if (url !== null) {
  const commands = JSON.parse(query.get('commands') ?? '[]') as [string, ...unknown[]][];
  window.embed(url, Number(query.get('apiId') ?? 0), commands);
}
