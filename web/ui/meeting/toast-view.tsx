import { Icon } from '../icons/icon.tsx';
import { t } from '../i18n/messages.ts';
import type { Toasts } from './toasts.ts';

export function ToastView({ toasts }: { toasts: Toasts }) {
  const toast = toasts.current.value;
  return (
    <div class="toast-place" role="status">
      {toast && (
        <div
          key={toast.id}
          class="toast"
          onPointerEnter={() => toasts.hold()}
          onPointerLeave={() => toasts.release()}
          onFocusIn={() => toasts.hold()}
          onFocusOut={() => toasts.release()}
        >
          <span>{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              class="button toast-action"
              onClick={() => {
                toast.action?.run();
                toasts.dismiss(toast.id);
              }}
            >
              {toast.action.label}
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label={t('common.close')}
            onClick={() => toasts.dismiss(toast.id)}
          >
            <Icon name="x" size="m" />
          </button>
        </div>
      )}
    </div>
  );
}
