/** Of W3C Network Information, which TypeScript's library leaves out. */
interface NetworkInformation extends EventTarget {
  /** `wifi`, `cellular` …; browsers on desktops leave it out. */
  readonly type?: string;
}

export interface PageReactions {
  /** Network or page came back: whether the connection still works is worth a look at once. */
  readonly check: () => void;
  /** The page goes away for good. */
  readonly leave: () => void;
}

/** What the browser tells about network and page: act on it instead of waiting for time-outs. */
export function watchPage({ check, leave }: PageReactions): void {
  if (typeof window === 'undefined') return;
  window.addEventListener('online', check);
  window.addEventListener('offline', check);
  watchNetworkType(check);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') check();
  });
  window.addEventListener('pagehide', ({ persisted }) => {
    // Others should not see a frozen picture until our session times out.
    if (!persisted) leave();
  });
}

/** From one network straight into another, as from wireless to mobile, there is no `online`; where browsers tell at all, this does. */
function watchNetworkType(changed: () => void): void {
  const { connection } = navigator as Navigator & { readonly connection?: NetworkInformation };
  let type = connection?.type;
  connection?.addEventListener('change', () => {
    if (connection.type === type) return;
    type = connection.type;
    changed();
  });
}
