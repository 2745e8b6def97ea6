import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';

interface PanelProps {
  title: string;
  className: string;
  actions?: ComponentChildren;
  footer?: ComponentChildren;
  children: ComponentChildren;
  onClose: () => void;
  /** The panel focuses a field of its own. */
  hasOwnFocus?: boolean;
}

/** A panel beside the stage, or over it, or a sheet on a phone. Takes focus when opened and gives it back when closed. */
export function Panel({ title, className, actions, footer, children, onClose, hasOwnFocus = false }: PanelProps) {
  const titleId = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  // Read while rendering: by the time of this effect a field inside has taken the focus in an effect of its own.
  const opener = useRef(document.activeElement);
  useEffect(() => {
    if (!hasOwnFocus) heading.current?.focus();
    return () => {
      if (opener.current instanceof HTMLElement && opener.current.isConnected) opener.current.focus();
    };
  }, []);
  return (
    // Escape is heard wherever focus is inside; the close button is the way for everybody else.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      class={`panel ${className}`}
      aria-labelledby={titleId}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.stopPropagation();
        onClose();
      }}
    >
      <span class="panel-grip" aria-hidden="true" />
      <header>
        <h2 id={titleId} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {actions}
        <button type="button" class="icon-button" aria-label={t('common.close')} onClick={onClose}>
          <Icon name="x" />
        </button>
      </header>
      {children}
      {footer !== undefined && <footer>{footer}</footer>}
    </aside>
  );
}
