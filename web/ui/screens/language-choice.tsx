import { LANGUAGES, type LanguageCode } from '../i18n/languages.ts';
import { loadLanguage, t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { MenuButton } from '../parts/menu-button.tsx';
import { changeSettings, settings } from '../storage/settings.ts';

export async function chooseLanguageForGood(language: LanguageCode): Promise<void> {
  changeSettings({ language });
  await loadLanguage(language);
}

/** Language menu in the header; each language is written in itself. */
export function LanguageChoice() {
  const current = LANGUAGES.find((language) => language.code === settings.value.language);
  return (
    <MenuButton
      label={t('language.button', { name: current?.name ?? '' })}
      className="button button-quiet"
      side="below"
      align="end"
      entries={() =>
        LANGUAGES.map((language) => ({
          kind: 'choice',
          label: language.name,
          isChosen: language === current,
          onSelect: () => void chooseLanguageForGood(language.code),
        }))
      }
    >
      <Icon name="globe" size="m" />
      {current?.name}
    </MenuButton>
  );
}
