import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Dialog } from '../parts/dialog.tsx';
import { LoginChoice, type LoginChoiceProps } from './login-choice.tsx';

/** Logging in where one could also come as a guest. */
export function LoginDialog({ onClose, ...choice }: LoginChoiceProps & { onClose: () => void }) {
  const body = useRef<HTMLDivElement>(null);
  // After the dialog has opened, which puts the focus on its own button.
  useEffect(() => body.current?.querySelector<HTMLElement>('a, input')?.focus(), []);
  return (
    <Dialog title={t('login.submit')} onClose={onClose} className="dialog-small">
      <div ref={body}>
        <LoginChoice {...choice} />
      </div>
    </Dialog>
  );
}
