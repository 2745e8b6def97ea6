import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS, type XmppTestClient } from './xmpp-test-client.ts';

const NS_DATA_FORM = 'jabber:x:data';

/** The value of a field in the form that an answer carries. */
export function formField(answer: XmlElement, name: string): string | undefined {
  const [query] = childElements(answer);
  const form = query === undefined ? undefined : child(query, 'x', NS_DATA_FORM);
  const field = childElements(form ?? xml('x'), 'field').find(({ attrs }) => attrs['var'] === name);
  return field === undefined ? undefined : childText(field, 'value');
}

/** The id of the meeting in a room, as an occupant may ask for it. */
export async function meetingId(client: XmppTestClient, room: string): Promise<string | undefined> {
  const answer = await client.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  return formField(answer, 'muc#roominfo_meetingId');
}

/** The submission of an owner's form with only these fields (wire note §4.6). */
export function roomConfig(values: Readonly<Record<string, string>>): XmlElement {
  return xml(
    'query',
    { xmlns: NS.mucOwner },
    xml(
      'x',
      { xmlns: NS_DATA_FORM, type: 'submit' },
      xml('field', { var: 'FORM_TYPE' }, xml('value', {}, 'http://jabber.org/protocol/muc#roomconfig')),
      Object.entries(values).map(([name, value]) => xml('field', { var: name }, xml('value', {}, value))),
    ),
  );
}

/** The child of a join that brings a password. */
export function passwordElement(password: string): XmlElement {
  return xml('x', { xmlns: NS.muc }, xml('password', {}, password));
}
