/** Where the page of the widget is, on the host of `matrix.widgetUrl`. */
const PAGE = '/matrix';

/** What Matrix clients put in for us (matrix note §3.1). In the fragment, which no server sees. */
const VARIABLES = {
  conferenceId: '$conferenceId',
  title: '$title',
  roomId: '$matrix_room_id',
  userId: '$matrix_user_id',
  displayName: '$matrix_display_name',
  avatarUrl: '$matrix_avatar_url',
  theme: '$org.matrix.msc2873.client_theme',
  lang: '$org.matrix.msc2873.client_language',
} as const;

/** Content of a state event `im.vector.modular.widgets` (matrix note §4.1). */
export interface WidgetContent {
  /** Not Jitsi's type, for which Element has a page of its own. */
  readonly type: 'm.custom';
  readonly name: string;
  readonly url: string;
  readonly data: Readonly<Record<string, string>>;
  readonly waitForIframeLoad: true;
}

/** The address as it stands in a widget, with variables for the client to fill in. @param widgetUrl `matrix.widgetUrl` */
export function widgetTemplate(widgetUrl: string): string {
  const fragment = Object.entries(VARIABLES).map(([key, variable]) => `${key}=${variable}`);
  return `${new URL(PAGE, widgetUrl).href}#${fragment.join('&')}`;
}

/** @param widget `matrix.widgetUrl` and `matrix.widgetName` */
export function widgetContent(
  { url, name }: { readonly url: string; readonly name: string },
  data: WidgetContent['data'],
): WidgetContent {
  return { type: 'm.custom', name, url: widgetTemplate(url), data, waitForIframeLoad: true };
}
