import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { playSound } from '../meeting/sounds.ts';

/** Whoever looks at another tab sees there that the wait is over. */
export function useTabTitle(room: string, isWaiting: boolean): void {
  useEffect(() => {
    document.title = `${isWaiting ? t('lobby.tab', { room }) : room} · Parley`;
    return () => {
      document.title = `${room} · Parley`;
    };
  }, [room, isWaiting]);
}

/** The page changed under whoever waits: screen readers start at what happened. */
export function useFocusedHeading() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return heading;
}

export function WaitingMark() {
  return (
    <p class="pill lobby-mark">
      <span class="spinner" aria-hidden="true" />
      {t('lobby.waiting')}
    </p>
  );
}

/** The wait is over, the meeting comes in a moment. */
export function Entering({ title }: { title: string }) {
  const heading = useFocusedHeading();
  // Who waits may look elsewhere meanwhile.
  useEffect(() => playSound('join'), []);
  return (
    <div class="prejoin-form">
      <h1 ref={heading} class="page-title" tabIndex={-1}>
        {title}
      </h1>
      <p class="lobby-told row" role="status">
        <span class="spinner" aria-hidden="true" />
        {t('lobby.entering-hint')}
      </p>
    </div>
  );
}
