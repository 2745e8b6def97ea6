import type { IconName } from './icon-names.ts';

/** One icon of the sprite that the build puts into the page. Decoration only: its button carries the name. */
export function Icon({ name, size, className }: { name: IconName; size?: 's' | 'm' | 'l'; className?: string }) {
  const classes = ['icon', size && `icon-${size}`, MIRRORED.has(name) && 'icon-mirrored', className];
  return (
    <svg class={classes.filter(Boolean).join(' ')} aria-hidden="true" focusable="false">
      <use href={`#icon-${name}`} />
    </svg>
  );
}

/** Arrows and the reply icon follow the direction of the text; pictures of things do not. */
const MIRRORED: ReadonlySet<IconName> = new Set(['chevron-left', 'chevron-right', 'reply', 'send', 'log-out']);

/** The same icon for the parts of the page that are plain DOM. */
export function iconElement(name: IconName, className = ''): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('class', `icon ${className}`.trim());
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(namespace, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}
