import { cssLength } from './frame-size.ts';

/** What the meeting may use in the page that embeds it, if that page may. */
const ALLOWED = [
  'autoplay',
  'camera',
  'clipboard-write',
  'compute-pressure',
  'display-capture',
  'hid',
  'microphone',
  'screen-wake-lock',
  'speaker-selection',
];

export interface IframeOptions {
  readonly url: URL;
  readonly apiId: number;
  readonly width: unknown;
  readonly height: unknown;
  readonly sandbox: string | undefined;
}

export function createIframe({ url, apiId, width, height, sandbox }: IframeOptions): HTMLIFrameElement {
  const iframe = document.createElement('iframe');
  const name = `jitsiConferenceFrame${apiId}`;
  iframe.name = name;
  iframe.id = name;
  iframe.allow = ALLOWED.join('; ');
  iframe.allowFullscreen = true;
  iframe.style.border = '0';
  if (sandbox) iframe.setAttribute('sandbox', sandbox);
  resizeIframe(iframe, width, height);
  iframe.src = url.href;
  return iframe;
}

/** What is no CSS length is ignored. */
export function resizeIframe(iframe: HTMLIFrameElement, width: unknown, height: unknown): void {
  const size = { width: cssLength(width), height: cssLength(height) };
  if (size.width !== undefined) iframe.style.width = size.width;
  if (size.height !== undefined) iframe.style.height = size.height;
}
