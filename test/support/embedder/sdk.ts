import { JitsiMeeting } from '@jitsi/react-sdk';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import type { ExternalApi } from '../../../web/iframe-api/external_api.d.ts';

declare global {
  interface Window {
    sdk: { api: ExternalApi | undefined; events: string[] };
  }
}

const query = new URLSearchParams(location.search);
window.sdk = { api: undefined, events: [] };
const root = createRoot(document.getElementById('root') as HTMLElement);
const listen = (api: ExternalApi) => {
  window.sdk.api = api;
  for (const event of ['videoConferenceJoined', 'participantJoined', 'videoConferenceLeft']) {
    api.on(event, () => window.sdk.events.push(event));
  }
  api.on('endpointTextMessageReceived', ({ data }: { data: { eventData: { text: string } } }) =>
    window.sdk.events.push(`text: ${data.eventData.text}`),
  );
};
root.render(
  createElement(JitsiMeeting, {
    domain: query.get('domain') ?? '',
    roomName: query.get('room') ?? '',
    configOverwrite: { prejoinConfig: { enabled: false } },
    userInfo: { displayName: query.get('name') ?? '', email: '' },
    onApiReady: (api: unknown) => listen(api as ExternalApi),
    onReadyToClose: () => {
      window.sdk.events.push('readyToClose');
      root.unmount();
    },
    getIFrameRef: (parent: HTMLDivElement) => {
      parent.style.height = '600px';
    },
  }),
);
