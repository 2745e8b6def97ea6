import { useId, useState } from 'preact/hooks';
import { pinText } from '#protocol/dialin/conference-mapper.ts';
import { CommandError } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';
import type { Session } from '../meeting/session.ts';
import { useDialIn } from './dial-in-details.tsx';

/** For moderators: the PIN with which a caller moderates. Shown when asked for, since a screen may be shared. */
export function HostPin({ session }: { session: Session }) {
  const [pin, setPin] = useState<string>();
  const [hasFailed, setFailed] = useState(false);
  const id = useId();
  const { self, breakout } = session.state.value;
  const hasDialIn = useDialIn(session.telephone) !== undefined;
  // Breakout rooms have no PIN of their own.
  if (!hasDialIn || !self.isModerator || breakout.current !== undefined) return null;

  const show = async () => {
    setFailed(false);
    try {
      setPin(await session.meeting.phones.hostPin());
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setFailed(true);
    }
  };

  return (
    <div class="host-pin" aria-live="polite">
      {pin === undefined ? (
        <button type="button" class="link-button" onClick={() => void show()}>
          {t('phone.show-host-pin')}
        </button>
      ) : (
        <dl class="dial-in-facts" aria-describedby={id}>
          <div>
            <dt>{t('phone.host-pin')}</dt>
            <dd>{pinText(pin)}</dd>
          </div>
        </dl>
      )}
      {pin !== undefined && (
        <p id={id} class="hint">
          {t('phone.host-pin-hint')}
        </p>
      )}
      {hasFailed && <p class="hint">{t('phone.no-host-pin')}</p>}
    </div>
  );
}
