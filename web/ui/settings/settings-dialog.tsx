import { useEffect, useRef, useState } from 'preact/hooks';
import { canChooseSpeaker } from '../devices/device-list.ts';
import type { LocalMedia } from '../devices/local-media.ts';
import { LANGUAGES } from '../i18n/languages.ts';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { playSound } from '../meeting/sounds.ts';
import { SHORTCUTS } from '../meeting/shortcuts.ts';
import { DeviceSelect } from '../parts/device-select.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { LevelBar } from '../parts/level-bar.tsx';
import { Switch } from '../parts/switch.tsx';
import { type Tab, Tabs } from '../parts/tabs.tsx';
import { VideoPreview } from '../parts/video-preview.tsx';
import { useLanguageChoice } from '../screens/language-choice.tsx';
import { changeSettings, type Look, settings, type VideoQuality } from '../storage/settings.ts';
import { cleanName, MAX_NAME_LENGTH } from '../clean-name.ts';
import { type Moderation, ModeratorTab } from './moderator-tab.tsx';

export interface SettingsDialogProps {
  media: LocalMedia;
  initialTab?: string | undefined;
  /** Absent where there is nobody to tell yet. */
  onRename?: (name: string) => void;
  /** Somebody else gave it, and it is to stay. */
  isNameFixed?: boolean;
  /** Absent for who is no moderator. */
  moderation?: Moderation | undefined;
  onClose: () => void;
}

/** Everything a person may set. Changes act at once. */
export function SettingsDialog(props: SettingsDialogProps) {
  const { media, initialTab, onRename, isNameFixed = false, moderation, onClose } = props;
  const tabs: readonly Tab[] = [
    { key: 'sound', label: t('settings.sound'), icon: 'volume-2', content: () => <SoundTab media={media} /> },
    { key: 'video', label: t('settings.video'), icon: 'video', content: () => <VideoTab media={media} /> },
    {
      key: 'you',
      label: t('settings.you'),
      icon: 'user',
      content: () => <YouTab onRename={onRename} isNameFixed={isNameFixed} />,
    },
    { key: 'shortcuts', label: t('settings.shortcuts'), icon: 'keyboard', content: () => <ShortcutsTab /> },
    { key: 'look', label: t('settings.look'), icon: 'globe', content: () => <LookTab /> },
    ...(moderation
      ? [
          {
            key: 'moderator',
            label: t('settings.moderator'),
            icon: 'shield',
            content: () => <ModeratorTab {...moderation} />,
          } as const,
        ]
      : []),
  ];
  return (
    <Dialog title={t('tool.settings')} onClose={onClose} className="dialog-settings">
      <Tabs label={t('tool.settings')} tabs={tabs} {...(initialTab === undefined ? {} : { initial: initialTab })} />
    </Dialog>
  );
}

function SoundTab({ media }: { media: LocalMedia }) {
  const { microphones, speakers } = media.devices.value;
  const { speakerId, suppressesNoise, hasPushToTalk, isMusicMode, playsSounds } = settings.value;
  const track = media.microphone.value;
  return (
    <div class="stack settings-stack">
      <div class="stack settings-group">
        <DeviceSelect
          label={t('devices.microphone')}
          icon="mic"
          devices={microphones}
          chosenId={track?.getSettings().deviceId ?? settings.value.microphoneId}
          onChoose={(id) => void media.choose('microphone', id)}
        />
        <LevelBar track={track} />
        <p class="hint">{t(track ? 'settings.level-hint' : 'settings.level-none')}</p>
      </div>
      <div class="row settings-speaker">
        {canChooseSpeaker() && (
          <div class="grow">
            <DeviceSelect
              label={t('devices.speaker')}
              icon="volume-2"
              devices={speakers}
              chosenId={speakerId}
              onChoose={(id) => changeSettings({ speakerId: id })}
            />
          </div>
        )}
        <button type="button" class="button settings-play" onClick={() => playSound('test')}>
          {t('settings.play')}
        </button>
      </div>
      <Switch
        label={t('settings.noise')}
        hint={t('settings.noise-hint')}
        isOn={suppressesNoise}
        onChange={(isOn) => changeSettings({ suppressesNoise: isOn })}
      />
      <Switch
        label={t('settings.push-to-talk')}
        hint={t('settings.push-to-talk-hint')}
        isOn={hasPushToTalk}
        onChange={(isOn) => changeSettings({ hasPushToTalk: isOn })}
      />
      <Switch
        label={t('settings.music')}
        hint={t('settings.music-hint')}
        isOn={isMusicMode}
        onChange={(isOn) => changeSettings({ isMusicMode: isOn })}
      />
      <Switch
        label={t('settings.sounds')}
        hint={t('settings.sounds-hint')}
        isOn={playsSounds}
        onChange={(isOn) => changeSettings({ playsSounds: isOn })}
      />
    </div>
  );
}

const QUALITIES: readonly VideoQuality[] = ['best', 'saver', 'sound-only'];

function VideoTab({ media }: { media: LocalMedia }) {
  const { mirrorsSelf, hidesSelf, quality, cameraId } = settings.value;
  const track = media.isCameraOn.value ? media.camera.value : undefined;
  return (
    <div class="stack settings-stack">
      <div class="preview settings-preview">
        {track ? <VideoPreview track={track} isMirrored={mirrorsSelf} /> : <Icon name="video-off" size="l" />}
      </div>
      <DeviceSelect
        label={t('devices.camera')}
        icon="video"
        devices={media.devices.value.cameras}
        chosenId={track?.getSettings().deviceId ?? cameraId}
        onChoose={(id) => void media.choose('camera', id)}
      />
      <Choice
        label={t('quality.title')}
        value={quality}
        choices={QUALITIES.map((value) => ({ value, label: t(`quality.${value}`) }))}
        onChoose={(value) => changeSettings({ quality: value })}
      />
      <Switch
        label={t('settings.mirror')}
        hint={t('settings.mirror-hint')}
        isOn={mirrorsSelf}
        onChange={(isOn) => changeSettings({ mirrorsSelf: isOn })}
      />
      <Switch
        label={t('settings.hide-self')}
        hint={t('settings.hide-self-hint')}
        isOn={hidesSelf}
        onChange={(isOn) => changeSettings({ hidesSelf: isOn })}
      />
    </div>
  );
}

/** A name reaches the others when typing pauses. */
const RENAME_DELAY_MS = 600;

interface YouTabProps {
  onRename: ((name: string) => void) | undefined;
  isNameFixed: boolean;
}

function YouTab({ onRename, isNameFixed }: YouTabProps) {
  const [name, setName] = useState(settings.peek().displayName);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const timer = setTimeout(() => {
      const displayName = cleanName(name);
      changeSettings({ displayName });
      if (displayName !== '') onRename?.(displayName);
    }, RENAME_DELAY_MS);
    return () => clearTimeout(timer);
  }, [name]);
  return (
    <div class="stack settings-stack">
      {!isNameFixed && (
        <div class="field">
          <label class="label" for="settings-name">
            {t('prejoin.name')}
          </label>
          <input
            id="settings-name"
            class="input"
            autocomplete="name"
            maxLength={MAX_NAME_LENGTH}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <p class="hint">{t('settings.name-hint')}</p>
        </div>
      )}
      <Switch
        label={t('settings.announce')}
        hint={t('settings.announce-hint')}
        isOn={settings.value.announcesPeople}
        onChange={(isOn) => changeSettings({ announcesPeople: isOn })}
      />
    </div>
  );
}

function ShortcutsTab() {
  return (
    <div class="stack settings-stack">
      <Switch
        label={t('settings.use-shortcuts')}
        hint={t('settings.use-shortcuts-hint')}
        isOn={settings.value.hasShortcuts}
        onChange={(isOn) => changeSettings({ hasShortcuts: isOn })}
      />
      <dl class="shortcut-list">
        {SHORTCUTS.map((shortcut) => (
          <div key={shortcut.action}>
            <dt>{t(shortcut.label)}</dt>
            <dd>
              <kbd>{shortcut.keys === 'Space' ? t('shortcut.space') : shortcut.keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const LOOKS: readonly Look[] = ['dark', 'light', 'device'];

function LookTab() {
  const { language, look } = settings.value;
  const { choose, failure } = useLanguageChoice();
  return (
    <div class="stack settings-stack">
      <Choice
        label={t('settings.language')}
        value={language}
        choices={LANGUAGES.map(({ code, name }) => ({ value: code, label: name }))}
        onChoose={choose}
      />
      <Choice
        label={t('settings.theme')}
        value={look}
        choices={LOOKS.map((value) => ({ value, label: t(`look.${value}`) }))}
        onChoose={(value) => changeSettings({ look: value })}
      />
      {failure}
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  choices: readonly { readonly value: Value; readonly label: string }[];
  onChoose: (value: Value) => void;
}

/** A few exclusive choices, all in sight: native radio buttons. */
function Choice<Value extends string>({ label, value, choices, onChoose }: ChoiceProps<Value>) {
  return (
    <fieldset class="choice">
      <legend class="label">{label}</legend>
      <div class="choice-options">
        {choices.map((choice) => (
          <label key={choice.value}>
            <input type="radio" name={label} checked={choice.value === value} onChange={() => onChoose(choice.value)} />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
