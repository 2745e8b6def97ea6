import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, defineConfig, type Plugin } from 'vite';
import { buildSprite } from './ui/icons/sprite.ts';
import { languageProblems } from './ui/i18n/compare-languages.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const readJson = (path: string) => JSON.parse(readFileSync(here(path), 'utf8')) as Record<string, string>;

/** What all pages have in common, with the icon sprite in it, so that an icon costs no request. */
function pageShell(): Plugin {
  const read = (name: string) => readFileSync(here(`../node_modules/lucide-static/icons/${name}.svg`), 'utf8');
  const shell = (name: string) => readFileSync(here(`./ui/shell/${name}.html`), 'utf8');
  return {
    name: 'parley-page-shell',
    transformIndexHtml: {
      // Before Vite looks for what the pages load.
      order: 'pre',
      handler: (html) =>
        html
          .replace('<!--head-->', () => shell('head'))
          .replace('<!--body-->', () => shell('body'))
          .replace('<!--sprite-->', () => buildSprite(read)),
    },
  };
}

/** A message that English or Greek lacks stops the build. */
function completeLanguages(): Plugin {
  return {
    name: 'parley-complete-languages',
    buildStart() {
      const problems = languageProblems(readJson('./ui/messages/en.json'), readJson('./ui/messages/el.json'));
      if (problems.length > 0) this.error(`messages of el differ from en:\n${problems.join('\n')}`);
    },
  };
}

/**
 * `external_api.js` for pages that embed meetings, beside the page: one file that works as a script, by AMD and by
 * CommonJS, and in the browsers of pages that are not ours.
 */
function externalApi(): Plugin {
  return {
    name: 'parley-external-api',
    apply: 'build',
    closeBundle: async () => {
      await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        build: {
          outDir: here('./dist/libs'),
          emptyOutDir: true,
          target: ['chrome120', 'firefox121', 'safari17'],
          reportCompressedSize: false,
          lib: {
            entry: here('./iframe-api/external-api.ts'),
            name: 'JitsiMeetExternalAPI',
            formats: ['umd'],
            fileName: () => 'external_api.min.js',
          },
        },
      });
    },
  };
}

/** What only one of the pages needs: its entry, and what the Matrix widget has beyond. */
const OF_ONE_PAGE =
  /\.html|\/web\/ui\/(?:main|app)\.tsx|\/web\/widget\/|\/web\/ui\/embed\/(?!framed)|\/node_modules\/(?:matrix-|events\/)/;

/** `npm run dev`: every path is the page, and the server's own paths go to a running `npm start`. */
const serverUrl = process.env['PARLEY_DEV_SERVER'] ?? 'http://localhost:8080';

export default defineConfig({
  root: here('.'),
  publicDir: here('./ui/public'),
  plugins: [pageShell(), completeLanguages(), externalApi()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    target: ['chrome120', 'firefox121', 'safari17'],
    reportCompressedSize: true,
    rolldownOptions: {
      input: { index: here('./index.html'), widget: here('./widget/index.html') },
      output: {
        codeSplitting: {
          // What all pages need is one file: split by who else uses it, it would be twenty, and 6 kB larger.
          groups: [{ name: 'page', tags: ['$initial'], test: (id) => !OF_ONE_PAGE.test(id) }],
        },
      },
    },
  },
  server: {
    proxy: {
      '/config.js': serverUrl,
      '/external_api.js': serverUrl,
      '/xmpp-websocket': { target: serverUrl, ws: true },
      '/colibri-ws': { target: serverUrl, ws: true },
    },
  },
});
