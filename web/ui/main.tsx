import './styles/index.css';
import { render } from 'preact';
import { createMeeting } from '../client/meeting.ts';
import { App } from './app.tsx';
import type { Embedder } from './embed/embedder.ts';
import { chooseLanguage } from './i18n/languages.ts';
import { loadLanguage } from './i18n/messages.ts';
import type { UrlParams } from './link/url-params.ts';
import { installAnnouncer } from './parts/announcer.ts';
import { installTooltip } from './parts/tooltip.ts';
import { PageAddress } from './place.ts';
import { StartPage } from './screens/lazy-start.ts';
import { followLook, settings } from './storage/settings.ts';

async function start(): Promise<void> {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page has no #app');
  const address = new PageAddress();
  const { room, problem, params } = address.place.peek();
  followLook();
  const { language } = params;
  const isStartPage = room === undefined && problem === undefined;
  // Side by side: whichever page comes first, it waits for one answer of the server only.
  const [embedding] = await Promise.all([
    beginEmbedding(params),
    loadLanguage(language === undefined ? settings.peek().language : chooseLanguage([language])),
    isStartPage ? StartPage.preload(true) : undefined,
  ]);
  installAnnouncer(document.body);
  installTooltip(document.body);
  render(<App address={address} createMeeting={createMeeting} embedding={embedding} />, root);
}

/** What embeds us keeps what it has to say until it hears that we listen (`protocol/iframe-api/channel.ts`). */
async function beginEmbedding(params: UrlParams): Promise<Embedder | undefined> {
  if (params.apiId === undefined) return undefined;
  const { Embedding } = await import('./embed/embedding.ts');
  return Embedding.begin(params, window);
}

if (!Object.hasOwn(document.documentElement.dataset, 'unsupported')) {
  // Without its language there is no page: index.html has the words for that.
  start().catch((error: unknown) => {
    document.documentElement.dataset['incomplete'] = '';
    throw error;
  });
}
