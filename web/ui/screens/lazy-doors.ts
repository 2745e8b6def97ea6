import { lazy } from '../parts/lazy.tsx';

const doors = () => import('./doors.ts');

/** Most meetings are open: fetched when one is not, or while somebody looks at the page before it. */
export const Lobby = lazy(async () => (await doors()).Lobby);
export const LoginPage = lazy(async () => (await doors()).LoginPage);
export const WaitingForHost = lazy(async () => (await doors()).WaitingForHost);
export const LoginDialog = lazy(
  async () => (await doors()).LoginDialog,
  ({ onClose }) => onClose(),
);
