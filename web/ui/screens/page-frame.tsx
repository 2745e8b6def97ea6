import type { ComponentChildren } from 'preact';
import { isFramed } from '../embed/framed.ts';

/** The name and mark of the product; leads to the start page. */
export function Brand() {
  return (
    <a class="brand" href="/" {...(isFramed ? { target: '_blank', rel: 'noopener' } : {})}>
      <svg viewBox="0 0 28 28" aria-hidden="true">
        <path
          d="M5 3.5h18a3 3 0 0 1 3 3v11a3 3 0 0 1-3 3h-9.500L7 25.500v-5H5a3 3 0 0 1-3-3v-11a3 3 0 0 1 3-3z"
          fill="var(--accent)"
        />
        <circle cx="10" cy="12" r="3" fill="var(--on-accent)" />
        <circle cx="18" cy="12" r="3" fill="var(--on-accent)" opacity="0.55" />
      </svg>
      Parley
    </a>
  );
}

interface PageFrameProps {
  actions?: ComponentChildren;
  footer?: ComponentChildren;
  children: ComponentChildren;
}

/** Header, content in the middle, footer: all pages outside the meeting. */
export function PageFrame({ actions, footer, children }: PageFrameProps) {
  return (
    <div class="page">
      <header>
        <Brand />
        <div class="row">{actions}</div>
      </header>
      <main>{children}</main>
      {footer !== undefined && <footer>{footer}</footer>}
    </div>
  );
}
