import { useEffect } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Dialog } from './dialog.tsx';
import type { LoadedPart } from './load-part.ts';

export type LoadProblem = Exclude<LoadedPart<unknown>['kind'], 'loaded'>;

interface LoadFailureProps {
  problem: LoadProblem;
  onRetry: () => void;
  /** Undefined: one cannot do without it. */
  onClose: (() => void) | undefined;
}

/** A part of the page has not come. With the network it is tried again by itself. */
export function LoadFailure({ problem, onRetry, onClose }: LoadFailureProps) {
  useEffect(() => {
    window.addEventListener('online', onRetry);
    return () => window.removeEventListener('online', onRetry);
  });
  return (
    <Dialog
      title={t('load.title')}
      className="dialog-small"
      isRequired={onClose === undefined}
      onClose={() => onClose?.()}
    >
      <p class="muted">{t(`load.${problem}`, { host: location.hostname })}</p>
      <div class="dialog-actions">
        {problem === 'refused' && (
          <button type="button" class="button" onClick={() => location.reload()}>
            {t('load.again')}
          </button>
        )}
        <button type="button" class="button button-primary" onClick={onRetry}>
          {t('common.try-again')}
        </button>
      </div>
    </Dialog>
  );
}
