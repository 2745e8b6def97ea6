import { useEffect } from 'preact/hooks';
import { pinText } from '#protocol/dialin/conference-mapper.ts';
import { currentLanguage, t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { ownNumber } from './own-number.ts';
import type { Telephone } from './telephone.ts';

/** Number and PIN to show to this person; undefined until they are known, and where there are none. */
export function useDialIn(telephone: Telephone) {
  useEffect(() => telephone.load(), [telephone]);
  const dialIn = telephone.dialIn.value;
  const number = dialIn && ownNumber(dialIn.numbers, navigator.languages);
  if (dialIn === undefined || number === undefined) return undefined;
  // A phone that follows the link dials the number, waits, and types the PIN.
  const href = `tel:${number.formattedNumber.replaceAll(/[^+\d]/gu, '')},,${dialIn.pin}%23`;
  return { ...dialIn, number, pin: pinText(dialIn.pin), href };
}

/** In the dialog: the number of one's own country, the PIN, and the way to all others. */
export function DialInDetails({ telephone }: { telephone: Telephone }) {
  const dialIn = useDialIn(telephone);
  if (dialIn === undefined) return null;
  const { number, pin, href, pageUrl } = dialIn;
  return (
    <section class="dial-in" aria-labelledby="dial-in-title">
      <h3 id="dial-in-title" class="label">
        {t('phone.by-phone')}
      </h3>
      <dl class="dial-in-facts">
        <div>
          <dt>{numberLabel(number.countryCode)}</dt>
          <dd>
            <a href={href}>
              <bdi>{number.formattedNumber}</bdi>
            </a>
          </dd>
        </div>
        <div>
          <dt>{t('phone.pin')}</dt>
          <dd>{pin}</dd>
        </div>
      </dl>
      <div class="dial-in-more">
        {pageUrl !== undefined && (
          <a class="icon-line dial-in-link" href={pageUrl} target="_blank" rel="noopener noreferrer">
            <Icon name="globe" size="m" />
            {t('phone.all-numbers')}
          </a>
        )}
        <CopyButton
          text={t('phone.text', { number: number.formattedNumber, pin })}
          label={t('phone.copy')}
          className="button"
        />
      </div>
    </section>
  );
}

/** On the card of whoever is alone: one line. */
export function DialInLine({ telephone }: { telephone: Telephone }) {
  const dialIn = useDialIn(telephone);
  if (dialIn === undefined) return null;
  return (
    <p class="icon-line dial-in-line">
      <Icon name="phone" />
      <span>
        <Text k="phone.or" args={{ number: dialIn.number.formattedNumber }} />
        <span class="muted">
          <Text k="phone.pin-line" args={{ pin: dialIn.pin }} />
        </span>
      </span>
    </p>
  );
}

/** What is added to an invitation; empty where there is nothing. */
export function dialInText(telephone: Telephone): string {
  const dialIn = telephone.dialIn.peek();
  const number = dialIn && ownNumber(dialIn.numbers, navigator.languages);
  if (dialIn === undefined || number === undefined) return '';
  return `\n${t('phone.text', { number: number.formattedNumber, pin: pinText(dialIn.pin) })}`;
}

function numberLabel(countryCode: string): string {
  if (countryCode === '') return t('phone.number');
  const country = new Intl.DisplayNames([currentLanguage()], { type: 'region' }).of(countryCode) ?? countryCode;
  return t('phone.number-of', { country });
}
