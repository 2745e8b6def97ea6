import { CommandError } from '../../client/meeting-types.ts';
import { type MessageKey, t } from '../i18n/messages.ts';
import type { Session } from '../meeting/session.ts';
import { FieldDialog } from '../parts/field-dialog.tsx';

const MAX_LENGTH = 40;

/** A number to call; who answers is in the meeting. */
export function DialOutDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const call = async (number: string) => {
    const problem = await callNumber(session, number);
    if (problem !== undefined) return t(problem);
    session.toasts.show(t('phone.calls', { number: number.trim() }));
    return undefined;
  };
  return (
    <FieldDialog
      title={t('phone.call')}
      label={t('phone.call-number')}
      hint={t('phone.call-hint')}
      input={{ type: 'tel', inputMode: 'tel', maxLength: MAX_LENGTH }}
      submit={t('phone.call-now')}
      onSubmit={call}
      onClose={onClose}
    />
  );
}

/** @returns what is wrong, or undefined once the number is being called */
async function callNumber({ telephone, meeting }: Session, text: string): Promise<MessageKey | undefined> {
  if (!/^\s*\+?(?:[ ()./-]*\d){2,20}\s*$/u.test(text)) return 'phone.no-number';
  const judged = await telephone.judge(text.trim());
  if (judged.kind !== 'allowed') return judged.kind === 'refused' ? 'phone.number-refused' : 'phone.no-line';
  try {
    await meeting.phones.call(judged.number);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.code === 'not-allowed' ? 'command.not-allowed' : 'phone.no-line';
  }
}
