import { NS_DATA_FORM, NS_DISCO_INFO } from '#protocol/xmpp/disco.ts';
import { child, childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC_OWNER } from '#protocol/xmpp/muc.ts';

/** Whether what a room says of itself (XEP-0045 §6.4) is that only members may enter. */
export function isMembersOnly(info: XmlElement): boolean {
  const query = child(info, 'query', NS_DISCO_INFO);
  const features = query === undefined ? [] : childElements(query, 'feature');
  return features.some(({ attrs }) => attrs['var'] === 'muc_membersonly');
}

/** Closes or opens a room's door to strangers (XEP-0045 §10.2, wire note §4.6); all else stays as it is. */
export function membersOnlyQuery(isOn: boolean): XmlElement {
  return xml(
    'query',
    { xmlns: NS_MUC_OWNER },
    xml(
      'x',
      { xmlns: NS_DATA_FORM, type: 'submit' },
      field('FORM_TYPE', 'http://jabber.org/protocol/muc#roomconfig'),
      field('muc#roomconfig_membersonly', isOn ? 'true' : 'false'),
    ),
  );
}

function field(name: string, value: string): XmlElement {
  return xml('field', { var: name }, xml('value', {}, value));
}
