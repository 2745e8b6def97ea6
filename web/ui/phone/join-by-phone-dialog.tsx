import { t } from '../i18n/messages.ts';
import { Dialog } from '../parts/dialog.tsx';
import { DialInDetails } from './dial-in-details.tsx';
import type { Telephone } from './telephone.ts';

/** Number and PIN, for whoever takes the phone now. */
export function JoinByPhoneDialog({ telephone, onClose }: { telephone: Telephone; onClose: () => void }) {
  return (
    <Dialog title={t('phone.join')} onClose={onClose} className="dialog-narrow">
      <DialInDetails telephone={telephone} />
    </Dialog>
  );
}
