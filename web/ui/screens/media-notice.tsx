import { useState } from 'preact/hooks';
import type { LocalMedia } from '../devices/local-media.ts';
import type { MediaProblem } from '../devices/media-problem.ts';
import { permissionSteps } from '../devices/permission-help.ts';
import { t, type MessageKey } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { JoinByPhone, JoinByPhoneDialog } from '../phone/join-by-phone.tsx';
import type { Telephone } from '../phone/telephone.ts';

interface Notice {
  readonly title: string;
  readonly action: MessageKey;
  readonly hasSteps: boolean;
  /** Steps are in sight at once. */
  readonly isOpen: boolean;
}

/** What is wrong with camera and microphone, in the words of design §8; undefined when nothing is. */
export function noticeOf(microphone: MediaProblem | undefined, camera: MediaProblem | undefined): Notice | undefined {
  const isBlocked = (problem: MediaProblem | undefined) => problem === 'blocked' || problem === 'dismissed';
  const here = microphone ?? camera;
  if (here === undefined) return undefined;
  if (here === 'insecure' || here === 'not-permitted') {
    const reason = t(here === 'insecure' ? 'problem.reason-insecure' : 'problem.reason-frame');
    return { title: t('problem.not-here', { reason }), action: 'devices.check-again', hasSteps: false, isOpen: false };
  }
  if (here === 'blocked-by-system') {
    return { title: t('problem.system'), action: 'devices.check-again', hasSteps: false, isOpen: false };
  }
  if (isBlocked(microphone) && isBlocked(camera)) {
    return { title: t('problem.blocked'), action: 'devices.check-again', hasSteps: true, isOpen: true };
  }
  if (isBlocked(microphone)) {
    return { title: t('problem.microphone-blocked'), action: 'devices.check-again', hasSteps: true, isOpen: false };
  }
  if (isBlocked(camera)) {
    return { title: t('problem.camera-blocked'), action: 'devices.check-again', hasSteps: true, isOpen: false };
  }
  const none = { action: 'devices.look-again', hasSteps: false, isOpen: false } as const;
  const busy = { action: 'common.try-again', hasSteps: false, isOpen: false } as const;
  if (microphone === 'not-found' && camera === 'not-found') return { title: t('problem.no-devices'), ...none };
  if (microphone === 'not-found') return { title: t('problem.no-microphone'), ...none };
  if (microphone === 'busy') return { title: t('problem.busy-microphone'), ...busy };
  if (camera === 'not-found') return { title: t('problem.no-camera'), ...none };
  return { title: t('problem.busy-camera'), ...busy };
}

export function MediaNotice({ media, telephone }: { media: LocalMedia; telephone: Telephone }) {
  const [isOpened, setOpened] = useState(false);
  const [isPhoning, setPhoning] = useState(false);
  const wantsCamera = media.wantsCamera.value;
  const notice = noticeOf(media.microphoneProblem.value, wantsCamera ? media.cameraProblem.value : undefined);
  if (!notice) return null;
  const showsSteps = notice.hasSteps && (notice.isOpen || isOpened);
  return (
    <div class="notice" role="alert">
      <p class="notice-title">
        <Icon name="triangle-alert" />
        <span>{notice.title}</span>
      </p>
      {showsSteps && (
        <ol>
          {permissionSteps(navigator.userAgent).map((step) => (
            <li key={step}>
              <Text k={step} />
            </li>
          ))}
        </ol>
      )}
      <div class="notice-actions">
        <button type="button" class="button grow" onClick={() => void media.open()}>
          <Icon name="refresh-cw" size="m" />
          {t(notice.action)}
        </button>
        {notice.hasSteps && !showsSteps && (
          <button type="button" class="button button-outline" onClick={() => setOpened(true)}>
            {t('devices.how')}
          </button>
        )}
        {media.microphoneProblem.value === 'not-found' && (
          <JoinByPhone telephone={telephone} onClick={() => setPhoning(true)} />
        )}
      </div>
      {isPhoning && <JoinByPhoneDialog telephone={telephone} onClose={() => setPhoning(false)} />}
    </div>
  );
}
