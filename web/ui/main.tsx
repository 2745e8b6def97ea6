import './styles/index.css';
import { render } from 'preact';
import { createMeeting } from '../client/meeting.ts';
import { App } from './app.tsx';
import { Embedding } from './embed/embedding.ts';
import { chooseLanguage } from './i18n/languages.ts';
import { loadLanguage } from './i18n/messages.ts';
import { installAnnouncer } from './parts/announcer.ts';
import { installTooltip } from './parts/tooltip.ts';
import { place } from './place.ts';
import { followLook, settings } from './storage/settings.ts';

async function start(): Promise<void> {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page has no #app');
  const { params } = place.peek();
  // At once: what embeds us may speak before we have anything to show.
  const embedding = Embedding.begin(params, window);
  followLook();
  const { language } = params;
  await loadLanguage(language === undefined ? settings.peek().language : chooseLanguage([language]));
  installAnnouncer(document.body);
  installTooltip(document.body);
  render(<App createMeeting={createMeeting} embedding={embedding} />, root);
}

if (!Object.hasOwn(document.documentElement.dataset, 'unsupported')) void start();
