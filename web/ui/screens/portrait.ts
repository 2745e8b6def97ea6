/** A drawn person before a wall: the start page's picture of a meeting. No image files, no faces of real people. */
export interface Portrait {
  readonly skin: readonly [light: string, dark: string];
  readonly hair: string;
  readonly hairStyle: 'long' | 'bob' | 'short' | 'tied';
  readonly shirt: readonly [light: string, dark: string];
  readonly wall: readonly [light: string, dark: string];
  readonly prop: 'lamp' | 'window' | 'plant' | 'shelf';
}

const PROPS = {
  lamp: `<circle cx="131" cy="24" r="25" fill="#ffe2a8" opacity=".26"/><circle cx="131" cy="24" r="9" fill="#fff1d2" opacity=".78"/><path d="M131 33v57" stroke="#000" stroke-opacity=".28" stroke-width="2"/>`,
  window: `<rect x="10" y="8" width="36" height="44" rx="1.500" fill="#f0f5f4" opacity=".68"/><path d="M28 8v44M10 29h36" stroke="#000" stroke-opacity=".3" stroke-width="1.600"/>`,
  plant: `<path d="M127 62c-9-8-14-20-12-28 9 3 14 15 15 27 0-14 3-27 11-34 6 9 3 24-4 35z" fill="#4f7a58"/><path d="M118 61h25l-3 29h-19z" fill="#b98a63"/>`,
  shelf: `<path d="M106 30h46" stroke="#000" stroke-opacity=".3" stroke-width="2"/><path d="M111 29V18h4v11m1 0V15h5v14m1 0V20h3v9m4 0 3-12 4 1-3 11m6 0V16h5v13" fill="#e6d9c2" opacity=".62"/>`,
} as const;

const HAIR_BACK = {
  long: '<path d="M62 42c-1-24 8-29 18-29s19 5 18 29c1 14 4 26 7 36H55c3-10 6-22 7-36z"/>',
  bob: '<path d="M62 42c0-22 8-28 18-28s18 6 18 28c1 8 2 13 4 18H58c2-5 4-10 4-18z"/>',
  short: '<path d="M64 40c-1-17 6-25 16-25s17 8 16 25c-2 2-30 2-32 0z"/>',
  tied: '<circle cx="80" cy="13" r="7"/><path d="M64 41c-1-18 6-26 16-26s17 8 16 26z"/>',
} as const;

const HAIR_FRONT = {
  long: '<path d="M65 39c-1-15 5-22 15-22s16 7 15 22c-2-7-6-12-11-15-4 6-12 9-19 15z"/>',
  bob: '<path d="M65 40c-2-16 5-22 15-22s17 6 15 22c-1-5-2-8-4-11-7 2-15 2-22 0-2 3-3 6-4 11z"/>',
  short: '<path d="M65 37c-2-14 4-21 15-21s17 7 15 21c-1-4-2-7-5-9-6 2-14 2-20-2-3 3-4 7-5 11z"/>',
  tied: '<path d="M65 38c-1-14 5-21 15-21s16 7 15 21c-2-6-5-10-9-12-7 4-15 4-21 12z"/>',
} as const;

/** The portrait as SVG; `id` keeps its gradients apart from those of others on the same page. */
export function portraitSvg(portrait: Portrait, id: string): string {
  const gradient = (name: string, [light, dark]: readonly [string, string], direction = 'x2="1" y2="1"') =>
    `<linearGradient id="${id}-${name}" x1="0" y1="0" ${direction}><stop stop-color="${light}"/><stop offset="1" stop-color="${dark}"/></linearGradient>`;
  const defs = [
    gradient('wall', portrait.wall),
    gradient('skin', portrait.skin, 'x2="1" y2=".35"'),
    gradient('shirt', portrait.shirt),
    `<radialGradient id="${id}-edge" cx=".5" cy=".42" r=".75"><stop offset=".55" stop-color="#000" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity=".3"/></radialGradient>`,
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90" width="1280" height="720" preserveAspectRatio="xMidYMid slice"><defs>${defs.join('')}</defs>` +
    `<rect width="160" height="90" fill="url(#${id}-wall)"/>${PROPS[portrait.prop]}` +
    `<g fill="${portrait.hair}">${HAIR_BACK[portrait.hairStyle]}</g>` +
    `<path d="M38 108c0-26 9-36 25-40l9-3h16l9 3c16 4 25 14 25 40z" fill="url(#${id}-shirt)"/>` +
    `<path d="M73 54h14v11c0 5-3 7.500-7 7.500S73 70 73 65z" fill="${portrait.skin[1]}"/>` +
    `<path d="M65.500 38c0-9 6-15 14.500-15s14.500 6 14.500 15c0 6-.7 10-3 14-2.700 4.900-7 8.500-11.500 8.500S71.200 56.900 68.500 52c-2.300-4-3-8-3-14z" fill="url(#${id}-skin)"/>` +
    `<g fill="${portrait.hair}">${HAIR_FRONT[portrait.hairStyle]}</g>` +
    `<rect width="160" height="90" fill="url(#${id}-edge)"/></svg>`
  );
}
