import {
  ClientWidgetApi,
  type IOpenIDUpdate,
  type IWidgetApiRequest,
  OpenIDRequestState,
  type SimpleObservable,
  Widget,
  WidgetDriver,
} from 'matrix-widget-api';

/** What the client of a test does; in the query as JSON. */
export interface WidgetHostSetup {
  readonly widget: { readonly url: string; readonly data: Record<string, string> };
  readonly roomId: string;
  readonly userId: string;
  readonly displayName: string;
  readonly grants: readonly string[];
  /** `request`: the person is asked first, and says yes. */
  readonly openId: 'allowed' | 'request' | 'blocked';
  readonly token: string;
  readonly server: string;
}

/** The Matrix client's side of the Widget API as the library of Matrix has it. */
export interface WidgetHost {
  /** What the widget asked for, in order: actions and their data. */
  readonly actions: { readonly action: string; readonly data: unknown }[];
  readonly requested: string[];
  send(action: string, data: object): Promise<unknown>;
}

declare global {
  interface Window {
    widgetHost: WidgetHost;
  }
}

const setup = JSON.parse(new URLSearchParams(location.search).get('setup') ?? '') as WidgetHostSetup;
const actions: WidgetHost['actions'] = [];
const requested: string[] = [];

class Driver extends WidgetDriver {
  override validateCapabilities(wanted: Set<string>): Promise<Set<string>> {
    requested.push(...wanted);
    return Promise.resolve(new Set([...wanted].filter((capability) => setup.grants.includes(capability))));
  }

  override askOpenID(observer: SimpleObservable<IOpenIDUpdate>): void {
    if (setup.openId === 'blocked') return observer.update({ state: OpenIDRequestState.Blocked });
    if (setup.openId === 'request') observer.update({ state: OpenIDRequestState.PendingUserConfirmation });
    const token = {
      access_token: setup.token,
      token_type: 'Bearer',
      matrix_server_name: setup.server,
      expires_in: 3600,
    };
    observer.update({ state: OpenIDRequestState.Allowed, token });
    return undefined;
  }
}

const frame = document.querySelector<HTMLIFrameElement>('#widget');
if (frame === null) throw new Error('the page has no frame');
const widget = new Widget({
  id: 'widget-1',
  type: 'm.custom',
  creatorUserId: setup.userId,
  url: setup.widget.url,
  data: setup.widget.data,
});
const url = new URL(
  widget.getCompleteUrl({
    widgetRoomId: setup.roomId,
    currentUserId: setup.userId,
    userDisplayName: setup.displayName,
    clientTheme: 'dark',
    clientLanguage: 'en',
  }),
);
url.searchParams.set('widgetId', widget.id);
url.searchParams.set('parentUrl', location.href.split('?', 1)[0] ?? '');
const api = new ClientWidgetApi(widget, frame, new Driver());
api.transport.on('message', ({ detail: { action, data } }: CustomEvent<IWidgetApiRequest>) => {
  actions.push({ action, data });
});
api.on('action:set_always_on_screen', (event: CustomEvent<IWidgetApiRequest>) => {
  if (!api.hasCapability('m.always_on_screen')) return;
  event.preventDefault();
  api.transport.reply(event.detail, { success: true });
});
window.widgetHost = { actions, requested, send: (action, data) => api.transport.send(action, { ...data }) };
frame.src = url.href;
