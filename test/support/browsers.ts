import puppeteer, { type Browser } from 'puppeteer-core';

export type BrowserName = 'chromium' | 'firefox';

/** Half of what Chromium's fake camera does by itself: what is encoded three times over is most of a test's work. */
const CAMERA_FPS = 10;

export interface ChromiumOptions {
  /** `none`: no camera at all. Default: one that shows a moving picture. */
  readonly camera?: 'fake' | 'none';
  /** `ask`: as a person's browser; answers are set through the context's permissions. Default: granted without asking. */
  readonly permissions?: 'granted' | 'ask';
  /** Self-signed certificates are believed, of pages and of TURN over TLS. */
  readonly acceptsAnyCertificate?: boolean;
}

/** Stock Chromium with fake devices. */
export function launchChromium({
  camera = 'fake',
  permissions = 'granted',
  acceptsAnyCertificate = false,
}: ChromiumOptions = {}): Promise<Browser> {
  const device = '--use-fake-device-for-media-stream';
  return puppeteer.launch({
    executablePath: process.env['PARLEY_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      camera === 'none' ? `${device}=device-count=0` : `${device}=fps=${CAMERA_FPS}`,
      ...(permissions === 'granted' ? ['--use-fake-ui-for-media-stream'] : []),
      '--autoplay-policy=no-user-gesture-required',
      '--mute-audio',
      '--lang=en-US',
      ...(acceptsAnyCertificate ? ['--ignore-certificate-errors'] : []),
    ],
  });
}

export type FirefoxOptions = Pick<ChromiumOptions, 'acceptsAnyCertificate'>;

/** Stock Firefox ESR with fake devices, driven through WebDriver BiDi. */
export function launchFirefox({ acceptsAnyCertificate = false }: FirefoxOptions = {}): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    acceptInsecureCerts: acceptsAnyCertificate,
    executablePath: process.env['PARLEY_TEST_FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.navigator.video.default_fps': CAMERA_FPS,
      'media.autoplay.default': 0,
      'intl.accept_languages': 'en-US',
    },
  });
}
