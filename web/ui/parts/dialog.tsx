import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  className?: string;
  /** A choice is needed: Escape does nothing and there is no close button. */
  isRequired?: boolean;
}

/** A modal dialog on the platform's own `<dialog>`: focus stays inside and returns to the opener. */
export function Dialog({ title, onClose, children, className = '', isRequired = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      class={`dialog ${className}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!isRequired) onClose();
      }}
      onKeyDown={(event) => event.key !== 'Escape' && event.stopPropagation()}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget && !isRequired) onClose();
      }}
    >
      <div class="dialog-box">
        <header>
          <h2 id={titleId} tabIndex={-1}>
            {title}
          </h2>
          {!isRequired && (
            <button type="button" class="icon-button" aria-label={t('common.close')} onClick={onClose}>
              <Icon name="x" />
            </button>
          )}
        </header>
        <div class="dialog-body">{children}</div>
      </div>
    </dialog>
  );
}
