import { useEffect, useRef, useState } from 'preact/hooks';
import type { HostControl, LoginProblem } from '../../client/meeting-types.ts';
import { type MessageKey, t } from '../i18n/messages.ts';
import { FieldError } from '../parts/field-error.tsx';

export type LogIn = HostControl['logIn'];

const PROBLEMS: Readonly<Record<LoginProblem, MessageKey>> = {
  wrong: 'login.wrong',
  'too-many-tries': 'login.too-many',
  unreachable: 'login.unreachable',
  'not-here': 'login.not-here',
  failed: 'login.failed',
};

interface LoginFormProps {
  onLogIn: LogIn;
  /** There is another way, which comes first. */
  isSecond?: boolean;
}

/** Name and password of an account on this server. */
export function LoginForm({ onLogIn, isSecond = false }: LoginFormProps) {
  const [problem, setProblem] = useState<MessageKey>();
  const [isBusy, setBusy] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  useEffect(() => nameField.current?.focus(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const username = nameField.current?.value.trim() ?? '';
    const password = passwordField.current?.value ?? '';
    if (isBusy) return;
    if (username === '' || password === '') {
      setProblem('login.missing');
      (username === '' ? nameField : passwordField).current?.focus();
      return;
    }
    setProblem(undefined);
    setBusy(true);
    const refusal = await onLogIn({ username, password });
    setBusy(false);
    if (refusal === undefined) return;
    setProblem(PROBLEMS[refusal]);
    passwordField.current?.focus();
    passwordField.current?.select();
  };

  const isInvalid = problem === 'login.wrong' || problem === 'login.missing';
  return (
    <form class="stack" onSubmit={(event) => void submit(event)} noValidate>
      <div class="field">
        <label class="label" for="login-name">
          {t('login.name')}
        </label>
        <input
          ref={nameField}
          id="login-name"
          class="input"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          aria-invalid={isInvalid}
          aria-describedby="login-problem"
        />
      </div>
      <div class="field">
        <label class="label" for="login-password">
          {t('login.password')}
        </label>
        <input
          ref={passwordField}
          id="login-password"
          class="input"
          type="password"
          autocomplete="current-password"
          aria-invalid={isInvalid}
          aria-describedby="login-problem"
        />
        <div id="login-problem" role="alert">
          {problem !== undefined && <FieldError text={t(problem)} />}
        </div>
      </div>
      <button
        type="submit"
        class={`button button-big button-wide ${isSecond ? '' : 'button-primary'}`}
        aria-disabled={isBusy}
        aria-busy={isBusy}
      >
        {isBusy && <span class="spinner" aria-hidden="true" />}
        {t('login.submit')}
      </button>
    </form>
  );
}
