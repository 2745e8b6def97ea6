import { lazy } from '../parts/lazy.tsx';

/** Who comes by a link does not see it. */
export const StartPage = lazy(async () => (await import('./start.tsx')).StartPage);
