import { useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Switch } from '../parts/switch.tsx';
import { Confirm } from './confirm-dialogs.tsx';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

/** What moderators are asked before they do it. */
export type ModerationDialog =
  | { readonly name: 'remove' | 'make-moderator'; readonly id: string }
  /** `except`: somebody who may go on. */
  | { readonly name: 'mute-everyone'; readonly except?: string }
  | { readonly name: 'stop-cameras' | 'end-meeting' };

interface ModerationDialogProps {
  session: Session;
  dialog: ModerationDialog;
  onClose: () => void;
}

export function ModerationDialogs({ session, dialog, onClose }: ModerationDialogProps) {
  const { moderation } = session.meeting;
  switch (dialog.name) {
    case 'remove':
      return <RemoveDialog session={session} id={dialog.id} onClose={onClose} />;
    case 'make-moderator':
      return <MakeModeratorDialog session={session} id={dialog.id} onClose={onClose} />;
    case 'mute-everyone':
      return <MuteEveryoneDialog session={session} except={dialog.except} onClose={onClose} />;
    case 'stop-cameras':
      return (
        <Confirm
          title={t('stop-cameras.title')}
          text={t('stop-cameras.text')}
          confirm={t('people.stop-cameras')}
          onConfirm={() => void session.tell(moderation.muteEveryone('video'))}
          onClose={onClose}
        />
      );
    case 'end-meeting':
      return (
        <Confirm
          title={t('end-all.title')}
          text={t('end-all.text')}
          confirm={t('end-all.confirm')}
          isDanger
          onConfirm={() => void session.tell(moderation.endForAll())}
          onClose={onClose}
        />
      );
  }
}

/** A person's name, kept for the case that the person leaves while the dialog is open. */
function useName(session: Session, id: string | undefined): string {
  const person = session.state.value.participants.find((candidate) => candidate.id === id);
  return useRef(nameOf(person?.displayName ?? '')).current;
}

interface AboutPersonProps {
  session: Session;
  id: string;
  onClose: () => void;
}

function RemoveDialog({ session, id, onClose }: AboutPersonProps) {
  const name = useName(session, id);
  const [isBan, setBan] = useState(false);
  const { moderation } = session.meeting;
  return (
    <Confirm
      title={t('remove.title', { name })}
      text={<Text k="remove.text" args={{ name }} />}
      confirm={t(isBan ? 'remove.confirm-ban' : 'remove.confirm')}
      isDanger
      onConfirm={() => void session.tell(isBan ? moderation.ban(id) : moderation.kick(id))}
      onClose={onClose}
    >
      <Switch label={t('remove.ban')} hint={t('remove.ban-hint')} isOn={isBan} onChange={setBan} />
    </Confirm>
  );
}

function MakeModeratorDialog({ session, id, onClose }: AboutPersonProps) {
  const name = useName(session, id);
  return (
    <Confirm
      title={t('make-moderator.title', { name })}
      text={<Text k="make-moderator.text" args={{ name }} />}
      confirm={t('person.make-moderator')}
      onConfirm={() => void session.tell(session.meeting.moderation.grantModerator(id))}
      onClose={onClose}
    />
  );
}

type MuteEveryoneProps = Omit<AboutPersonProps, 'id'> & { except: string | undefined };

function MuteEveryoneDialog({ session, except, onClose }: MuteEveryoneProps) {
  const name = useName(session, except);
  return (
    <Confirm
      title={except === undefined ? t('mute-everyone.title') : t('mute-others.title', { name })}
      text={except === undefined ? t('mute-everyone.text') : <Text k="mute-others.text" args={{ name }} />}
      confirm={t('people.mute-everyone')}
      onConfirm={() => void session.tell(session.meeting.moderation.muteEveryone('audio', except))}
      onClose={onClose}
    />
  );
}
