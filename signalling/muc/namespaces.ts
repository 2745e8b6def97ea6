/** XEP-0045 §17.2 */
export const NS_MUC = 'http://jabber.org/protocol/muc';
export const NS_MUC_USER = 'http://jabber.org/protocol/muc#user';
export const NS_MUC_ADMIN = 'http://jabber.org/protocol/muc#admin';
export const NS_MUC_OWNER = 'http://jabber.org/protocol/muc#owner';
/** Jitsi's own elements (wire note §4). */
export const NS_JITMEET = 'http://jitsi.org/jitmeet';

/** XEP-0045 §15.6.2 */
export const STATUS = {
  /** The room shows real addresses. */
  nonAnonymous: '100',
  configurationChanged: '104',
  self: '110',
  roomCreated: '201',
  kicked: '307',
} as const;
