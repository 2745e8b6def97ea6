import { useState } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';

const SHOWN_MS = 2_500;

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label, className }: { text: string; label: string; className: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), SHOWN_MS);
      },
      // Not permitted here (an iframe): what is to be copied stands beside it, to copy by hand.
      () => setCopied(false),
    );
  };
  return (
    <button type="button" class={className} onClick={copy}>
      <Icon name={isCopied ? 'check' : 'copy'} size="m" />
      <span aria-live="polite">{isCopied ? t('invite.copied') : label}</span>
    </button>
  );
}
