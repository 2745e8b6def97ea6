import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EndReason } from '../../client/meeting-types.ts';
import { isFramed } from '../embed/framed.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import type { IconName } from '../icons/icon-names.ts';
import { nameOf } from '../meeting/people.ts';
import { PageFrame } from './page-frame.tsx';

/** How long leaving can be undone without the pre-join page. */
const UNDO_SECONDS = 5;

/** Who has to log in is asked to do so instead (login-page.tsx). */
export type FarewellReason = Exclude<EndReason, { code: 'login-required' }>;

interface FarewellProps {
  reason: FarewellReason;
  onUndo: () => void;
  onRejoin: () => void;
  onStart: () => void;
}

/** Why one is no longer in the meeting, and where to go. */
export function Farewell({ reason, onUndo, onRejoin, onStart }: FarewellProps) {
  const { icon, title, detail, rejoin } = describe(reason);
  const heading = useRef<HTMLHeadingElement>(null);
  // The page changed under whoever was in the meeting: screen readers start at what happened, Tab at what to do.
  useEffect(() => heading.current?.focus(), []);
  return (
    <PageFrame>
      <section class="farewell">
        <span class="farewell-mark">
          <Icon name={icon} size="l" />
        </span>
        <h1 ref={heading} class="page-title" tabIndex={-1}>
          {title}
        </h1>
        {detail !== undefined && <p class="lead">{detail}</p>}
        <div class="row">
          {reason.code === 'left' ? (
            <UndoOrRejoin onUndo={onUndo} onRejoin={onRejoin} />
          ) : (
            rejoin !== undefined && (
              <button type="button" class="button button-primary" onClick={onRejoin}>
                {rejoin}
              </button>
            )
          )}
          {!isFramed && (
            <button type="button" class="button" onClick={onStart}>
              {t('end.start')}
            </button>
          )}
        </div>
      </section>
    </PageFrame>
  );
}

function UndoOrRejoin({ onUndo, onRejoin }: { onUndo: () => void; onRejoin: () => void }) {
  const [seconds, setSeconds] = useState(UNDO_SECONDS);
  useEffect(() => {
    if (seconds === 0) return;
    const timer = setTimeout(() => setSeconds(seconds - 1), 1000);
    return () => clearTimeout(timer);
  }, [seconds]);
  if (seconds === 0) {
    return (
      <button type="button" class="button button-primary" onClick={onRejoin}>
        {t('end.rejoin')}
      </button>
    );
  }
  return (
    <button type="button" class="button button-primary" aria-label={t('common.undo')} onClick={onUndo}>
      {t('common.undo')}
      <span class="countdown" data-count={seconds} />
    </button>
  );
}

interface Description {
  readonly icon: IconName;
  readonly title: ComponentChildren;
  readonly detail?: ComponentChildren;
  readonly rejoin?: string;
}

function describe(reason: FarewellReason): Description {
  const again = t('common.try-again');
  switch (reason.code) {
    case 'left':
      return { icon: 'log-out', title: t('end.left') };
    case 'kicked':
      return {
        icon: 'log-out',
        title: reason.by ? <Text k="end.removed-by" args={{ name: nameOf(reason.by) }} /> : t('end.removed'),
        ...(reason.text ? { detail: <bdi>{reason.text}</bdi> } : {}),
      };
    case 'banned':
      return {
        icon: 'lock',
        title: reason.by ? <Text k="end.banned-by" args={{ name: nameOf(reason.by) }} /> : t('end.banned'),
        detail: t('end.banned-hint'),
      };
    case 'meeting-ended':
      return { icon: 'phone-off', title: endedTitle(reason) };
    case 'room-full':
      return {
        icon: 'users',
        title: reason.max === undefined ? t('end.full') : t('end.full-max', { max: reason.max }),
        detail: t('end.full-hint'),
        rejoin: again,
      };
    case 'members-only':
      return { icon: 'lock', title: t('end.members-only'), detail: t('end.members-only-hint'), rejoin: again };
    case 'refused-in-lobby':
      return { icon: 'lock', title: t('end.lobby'), detail: t('end.lobby-hint'), rejoin: t('end.lobby-again') };
    case 'not-allowed':
      return {
        icon: 'lock',
        title: t('end.not-allowed'),
        ...(reason.text ? { detail: <bdi>{reason.text}</bdi> } : {}),
        rejoin: again,
      };
    case 'token-refused':
      return tokenRefused(reason, again);
    case 'replaced':
      return { icon: 'copy', title: t('end.replaced'), rejoin: t('end.use-here') };
    case 'unreachable':
      return {
        icon: 'wifi-off',
        title: <Text k="end.unreachable" args={{ host: reason.host }} />,
        detail: t('end.unreachable-hint'),
        rejoin: again,
      };
    case 'browser-too-old':
      return { icon: 'triangle-alert', title: t('end.browser'), detail: t('end.browser-hint') };
    case 'protocol-error':
      return { icon: 'triangle-alert', title: t('end.error'), detail: <bdi>{reason.text}</bdi>, rejoin: again };
  }
}

function endedTitle({ by, isOwn }: Extract<EndReason, { code: 'meeting-ended' }>): ComponentChildren {
  if (isOwn === true) return t('end.ended-own');
  return by ? <Text k="end.ended-by" args={{ name: nameOf(by) }} /> : t('end.ended');
}

function tokenRefused({ problem, text }: Extract<EndReason, { code: 'token-refused' }>, again: string): Description {
  switch (problem) {
    case 'expired':
      return { icon: 'clock', title: t('end.token'), detail: t('end.token-hint') };
    case 'not-yet-valid':
      return { icon: 'clock', title: t('end.token-early'), detail: t('end.token-early-hint'), rejoin: again };
    case 'other-room':
      return { icon: 'lock', title: t('end.token-room'), detail: t('end.token-room-hint') };
    case 'not-in-matrix-room':
      return { icon: 'lock', title: t('end.matrix-room'), detail: t('end.matrix-room-hint'), rejoin: again };
    case 'homeserver-not-allowed':
      return { icon: 'lock', title: t('end.matrix-server') };
    case 'matrix-token-used':
      return { icon: 'clock', title: t('end.matrix-token'), detail: t('end.matrix-token-hint') };
    case 'too-many-tries':
      return { icon: 'clock', title: t('end.too-many-tries'), detail: t('end.too-many-tries-hint'), rejoin: again };
    case 'invalid':
      return {
        icon: 'lock',
        title: t('end.token-invalid'),
        detail: (
          <>
            {t('end.token-hint')}
            {text !== undefined && (
              <small class="farewell-reason">
                <Text k="end.server-says" args={{ text }} />
              </small>
            )}
          </>
        ),
      };
  }
}
