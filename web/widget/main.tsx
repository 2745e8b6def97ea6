import '../ui/styles/index.css';
import { render } from 'preact';
import { chooseLanguage } from '../ui/i18n/languages.ts';
import { loadLanguage } from '../ui/i18n/messages.ts';
import { installAnnouncer } from '../ui/parts/announcer.ts';
import { installTooltip } from '../ui/parts/tooltip.ts';
import { followLook, overrideSettings, settings } from '../ui/storage/settings.ts';
import { MatrixClient } from './matrix-client.ts';
import { parseWidgetParams } from './template-params.ts';
import { lookOf } from './theme.ts';
import { WidgetEmbedder } from './widget-embedder.ts';
import { WidgetPage } from './widget-page.tsx';

async function start(): Promise<void> {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page has no #app');
  const params = parseWidgetParams(location);
  // At once: the client speaks as soon as the page has loaded.
  const client = params.client === undefined ? undefined : new MatrixClient(window, params.client);
  const embedder = client === undefined ? undefined : new WidgetEmbedder(client);
  client?.start();
  const look = lookOf(params.theme);
  if (look !== undefined) overrideSettings({ look });
  followLook();
  const { language } = params;
  await loadLanguage(language === undefined ? settings.peek().language : chooseLanguage([language]));
  installAnnouncer(document.body);
  installTooltip(document.body);
  render(<WidgetPage params={params} client={client} embedder={embedder} />, root);
}

if (!Object.hasOwn(document.documentElement.dataset, 'unsupported')) {
  start().catch((error: unknown) => {
    document.documentElement.dataset['incomplete'] = '';
    throw error;
  });
}
