import { ICON_NAMES } from './icon-names.ts';

/**
 * Builds one hidden `<svg>` with a `<symbol>` per icon from Lucide's files. Runs in the build only; `read` gives the
 * text of an icon's file.
 */
export function buildSprite(read: (name: string) => string): string {
  const symbols = ICON_NAMES.map((name) => {
    const source = read(name).replaceAll(/<!--[\s\S]*?-->/gu, '');
    const inner = /<svg[^>]*>([\s\S]*)<\/svg>/u.exec(source)?.[1];
    if (inner === undefined) throw new Error(`icon ${name} is no SVG`);
    const compact = inner
      .replaceAll(/>\s+</gu, '><')
      .replaceAll(/\s*\/>/gu, '/>')
      .trim();
    return `<symbol id="icon-${name}" viewBox="0 0 24 24">${compact}</symbol>`;
  });
  return `<svg hidden aria-hidden="true" class="sprite">${symbols.join('')}</svg>`;
}
