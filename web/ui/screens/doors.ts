/** What some people meet before a meeting lets them in, fetched together: `lazy-doors.ts`. */
export { Lobby } from './lobby.tsx';
export { LoginDialog } from './login-dialog.tsx';
export { LoginPage } from './login-page.tsx';
export { WaitingForHost } from './waiting-for-host.tsx';
