import { effect, signal } from '@preact/signals';
import { chooseLanguage, type LanguageCode, LANGUAGES } from '../i18n/languages.ts';
import type { Corner } from '../layout/self-view.ts';
import { cleanName } from '../clean-name.ts';
import { fieldsOf, readStored, writeStored } from './local-store.ts';

export type Look = 'dark' | 'light' | 'device';
export type VideoQuality = 'best' | 'saver' | 'sound-only';

/** What a person chose on this device. Every change acts at once; there is no Save. */
export interface Settings {
  readonly displayName: string;
  readonly language: LanguageCode;
  readonly look: Look;
  readonly microphoneId: string;
  readonly cameraId: string;
  readonly speakerId: string;
  readonly suppressesNoise: boolean;
  readonly hasPushToTalk: boolean;
  /** No echo, noise or gain processing: for music, with headphones. */
  readonly isMusicMode: boolean;
  readonly mirrorsSelf: boolean;
  readonly hidesSelf: boolean;
  readonly selfCorner: Corner;
  readonly quality: VideoQuality;
  readonly hasShortcuts: boolean;
  readonly announcesPeople: boolean;
  readonly playsSounds: boolean;
  readonly view: 'grid' | 'speaker';
}

const KEY = 'parley.settings';

export function parseSettings(value: unknown): Settings {
  const fields = fieldsOf(value);
  const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : '');
  const flag = (key: string, otherwise: boolean) => (typeof fields[key] === 'boolean' ? fields[key] : otherwise);
  const oneOf = <T extends string>(key: string, choices: readonly T[], otherwise: T) =>
    choices.find((choice) => choice === fields[key]) ?? otherwise;
  const codes = LANGUAGES.map((language) => language.code);
  return {
    displayName: cleanName(text('displayName')),
    language: oneOf('language', codes, chooseLanguage(preferredLanguages())),
    look: oneOf('look', ['dark', 'light', 'device'], 'dark'),
    microphoneId: text('microphoneId'),
    cameraId: text('cameraId'),
    speakerId: text('speakerId'),
    suppressesNoise: flag('suppressesNoise', true),
    hasPushToTalk: flag('hasPushToTalk', true),
    isMusicMode: flag('isMusicMode', false),
    mirrorsSelf: flag('mirrorsSelf', true),
    hidesSelf: flag('hidesSelf', false),
    selfCorner: oneOf('selfCorner', ['top-start', 'top-end', 'bottom-start', 'bottom-end'], 'bottom-end'),
    quality: oneOf('quality', ['best', 'saver', 'sound-only'], 'best'),
    hasShortcuts: flag('hasShortcuts', true),
    announcesPeople: flag('announcesPeople', true),
    playsSounds: flag('playsSounds', true),
    view: oneOf('view', ['grid', 'speaker'], 'grid'),
  };
}

function preferredLanguages(): readonly string[] {
  return typeof navigator === 'undefined' ? [] : navigator.languages;
}

let chosen = readStored(KEY, parseSettings);
/** What somebody else wants until the page goes: a link, or the page that embeds us. */
let overrides: Partial<Settings> = {};

export const settings = signal(chosen);

export function changeSettings(change: Partial<Settings>): void {
  const kept = Object.entries(overrides).filter(([key]) => !Object.hasOwn(change, key));
  overrides = Object.fromEntries(kept);
  chosen = { ...chosen, ...change };
  settings.value = { ...chosen, ...overrides };
  writeStored(KEY, chosen);
}

/** Changes them for this page alone: nothing is stored, and the person's own next choice counts again. */
export function overrideSettings(change: Partial<Settings>): void {
  overrides = { ...overrides, ...change };
  settings.value = { ...chosen, ...overrides };
}

/** Keeps the page's theme as chosen, also when the device's own changes. */
export function followLook(): void {
  const deviceIsLight = matchMedia('(prefers-color-scheme: light)');
  const deviceLook = signal(deviceIsLight.matches);
  deviceIsLight.addEventListener('change', () => {
    deviceLook.value = deviceIsLight.matches;
  });
  effect(() => {
    const { look } = settings.value;
    const isLight = look === 'light' || (look === 'device' && deviceLook.value);
    document.documentElement.dataset['theme'] = isLight ? 'light' : 'dark';
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute('content', getComputedStyle(document.documentElement).getPropertyValue('--bg').trim());
  });
}
