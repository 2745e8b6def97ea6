import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { LANGUAGES, type LanguageCode } from '../i18n/languages.ts';
import { loadLanguage, t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { LoadFailure, type LoadProblem } from '../parts/load-failure.tsx';
import { loadPart } from '../parts/load-part.ts';
import { MenuButton } from '../parts/menu-button.tsx';
import { changeSettings, settings } from '../storage/settings.ts';

/** Choosing a language for good; `failure` is what to draw when it does not come. */
export function useLanguageChoice(): { choose: (language: LanguageCode) => void; failure: ComponentChildren } {
  const [failed, setFailed] = useState<{ language: LanguageCode; problem: LoadProblem }>();
  const choose = async (language: LanguageCode) => {
    setFailed(undefined);
    const { kind } = await loadPart(() => loadLanguage(language));
    if (kind === 'loaded') changeSettings({ language });
    else setFailed({ language, problem: kind });
  };
  const failure = failed && (
    <LoadFailure
      problem={failed.problem}
      onRetry={() => void choose(failed.language)}
      onClose={() => setFailed(undefined)}
    />
  );
  return { choose: (language) => void choose(language), failure };
}

/** Language menu in the header; each language is written in itself. */
export function LanguageChoice() {
  const { choose, failure } = useLanguageChoice();
  const current = LANGUAGES.find((language) => language.code === settings.value.language);
  return (
    <>
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
            onSelect: () => choose(language.code),
          }))
        }
      >
        <Icon name="globe" size="m" />
        {current?.name}
      </MenuButton>
      {failure}
    </>
  );
}
