import { SetupError } from '../setup-error.mjs';

/**
 * The files a variable of a meson.build holds, over all its `name = [ … ]` and `name += [ … ]`. The lists are read from
 * the package instead of written down here, so that another mediasoup version brings its own.
 * @param {string} mesonText @param {string} variable
 * @returns {string[]} in the order of the file, each once
 */
export function mesonSources(mesonText, variable) {
  const assignments = mesonText.matchAll(new RegExp(String.raw`^\s*${variable}\s*\+?=\s*\[([^\]]*)\]`, 'gm'));
  const files = [...assignments].flatMap(([, list]) =>
    [...list.matchAll(/'([^']+\.(?:cpp|cc))'/g)].map(([, file]) => file),
  );
  if (files.length === 0) {
    throw new SetupError(
      `mediasoup's meson.build no longer lists its files in "${variable}"; setup/worker needs an update.`,
    );
  }
  return [...new Set(files)];
}
