import type { ReportedError } from '#protocol/iframe-api/outgoing-event.ts';
import type { EndReason } from '../../client/meeting-types.ts';
import { t } from '../i18n/messages.ts';

/**
 * The error that the embedding page shows when a meeting ended, or cannot be entered, for a reason that is nobody's wish.
 * The names are those of Jitsi's library, by which embedders know what to do.
 * @returns undefined for an end that is in order
 */
export function endError(reason: EndReason): ReportedError | undefined {
  const conference = (name: string, message: string): ReportedError => ({
    name: `conference.${name}`,
    message,
    type: 'CONFERENCE',
    isFatal: true,
  });
  switch (reason.code) {
    case 'left':
    case 'kicked':
    case 'banned':
    case 'meeting-ended':
    case 'replaced':
    // Here one can still log in.
    case 'login-required':
      return undefined;
    case 'room-full':
      return conference('max_users', reason.max === undefined ? t('end.full') : t('end.full-max', { max: reason.max }));
    case 'members-only':
      return conference('connectionError.membersOnly', t('end.members-only'));
    case 'refused-in-lobby':
      return conference('connectionError.accessDenied', t('end.lobby'));
    case 'not-allowed':
      return conference('connectionError.notAllowed', reason.text ?? t('end.not-allowed'));
    case 'token-refused':
      return conference('authenticationRequired', tokenSentence(reason));
    case 'unreachable':
      return {
        name: 'connection.droppedError',
        message: t('end.unreachable', { host: reason.host }),
        type: 'CONNECTION',
        isFatal: true,
      };
    case 'browser-too-old':
      return { name: 'config.unsupportedBrowser', message: t('end.browser'), type: 'CONFIG', isFatal: true };
    case 'protocol-error':
      return conference('connectionError', `${t('end.error')} ${reason.text}`);
  }
}

function tokenSentence({ problem, text }: Extract<EndReason, { code: 'token-refused' }>): string {
  switch (problem) {
    case 'expired':
      return t('end.token');
    case 'not-yet-valid':
      return t('end.token-early');
    case 'other-room':
      return t('end.token-room');
    case 'not-in-matrix-room':
      return t('end.matrix-room');
    case 'homeserver-not-allowed':
      return t('end.matrix-server');
    case 'matrix-token-used':
      return t('end.matrix-token');
    case 'too-many-tries':
      return t('end.too-many-tries');
    case 'invalid':
      return text ?? t('end.token-invalid');
  }
}
