import './styles/index.css';
import { render } from 'preact';
import { createMeeting } from '../client/meeting.ts';
import { App } from './app.tsx';
import { chooseLanguage } from './i18n/languages.ts';
import { loadLanguage } from './i18n/messages.ts';
import { installAnnouncer } from './parts/announcer.ts';
import { installTooltip } from './parts/tooltip.ts';
import { followLook, settings } from './storage/settings.ts';
import { parseUrlParams } from './url-params.ts';

async function start(): Promise<void> {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page has no #app');
  followLook();
  const { language } = parseUrlParams(location.hash);
  await loadLanguage(language === undefined ? settings.peek().language : chooseLanguage([language]));
  installAnnouncer(document.body);
  installTooltip(document.body);
  render(<App createMeeting={createMeeting} />, root);
}

if (!Object.hasOwn(document.documentElement.dataset, 'unsupported')) void start();
