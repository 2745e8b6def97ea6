import { NS_DISCO_INFO } from '#protocol/xmpp/disco.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC } from '#protocol/xmpp/muc.ts';
import { dataForm } from './data-form.ts';
import type { Room } from './room.ts';

/** XEP-0045 §15.5.4 */
const FORM_ROOM_INFO = 'http://jabber.org/protocol/muc#roominfo';

/** XEP-0045 §6.4, with the fields that Jitsi's client reads (wire note §4.6). */
export function roomInfo(room: Room): XmlElement {
  const features = [
    NS_DISCO_INFO,
    NS_MUC,
    'muc_hidden',
    'muc_nonanonymous',
    room.lobby === undefined ? 'muc_open' : 'muc_membersonly',
    'muc_temporary',
    'muc_unmoderated',
    room.password === undefined ? 'muc_unsecured' : 'muc_passwordprotected',
  ];
  return xml(
    'query',
    { xmlns: NS_DISCO_INFO },
    xml('identity', { category: 'conference', type: 'text' }),
    features.map((feature) => xml('feature', { var: feature })),
    dataForm('result', FORM_ROOM_INFO, [
      { var: 'muc#roominfo_meetingId', value: room.meetingId },
      { var: 'muc#roominfo_created_timestamp', value: String(room.createdAtMs) },
      { var: 'muc#roominfo_occupants', value: String(room.peopleCount) },
      ...(room.main === undefined
        ? []
        : [
            { var: 'muc#roominfo_isbreakout', value: '1' },
            { var: 'muc#roominfo_breakout_main_room', value: room.main.jid },
          ]),
      ...(room.lobby === undefined ? [] : [{ var: 'muc#roominfo_lobbyroom', value: room.lobby.jid }]),
    ]),
  );
}
