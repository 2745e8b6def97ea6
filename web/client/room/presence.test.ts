import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { xml } from '#protocol/xmpp/element.ts';
import { parseXml, serializeXml } from '#protocol/xmpp/xml.ts';
import { readPresence, writePresence } from './presence.ts';

const BOB = 'b27de114';
const item = '<item affiliation="none" role="participant" jid="b27de114-1@meet.example/r"/>';
const presence = (content: string, attributes = '') =>
  parseXml(
    `<presence xmlns="jabber:client" from="standup@muc.meet.example/${BOB}" ${attributes}>${content}` +
      `<x xmlns="http://jabber.org/protocol/muc#user">${item}</x></presence>`,
  );

describe('presence of others', () => {
  test('name, role, hand and sources are read', () => {
    const sources = `{"${BOB}-a0":{"muted":false},"${BOB}-v0":{"muted":true},"${BOB}-v1":{"muted":false,"videoType":"desktop"}}`;
    const { occupant } = readPresence(
      presence(
        `<nick xmlns="http://jabber.org/protocol/nick">Bob</nick><SourceInfo>${sources}</SourceInfo>` +
          '<jitsi_participant_raisedHand>1795232462301</jitsi_participant_raisedHand>',
      ),
      BOB,
    );
    expect(occupant).toMatchObject({
      nick: BOB,
      displayName: 'Bob',
      isModerator: false,
      handRaisedAtMs: 1_795_232_462_301,
      jid: 'b27de114-1@meet.example/r',
    });
    expect(Object.fromEntries(occupant.sources)).toEqual({
      [`${BOB}-a0`]: { isMuted: false, videoType: undefined },
      [`${BOB}-v0`]: { isMuted: true, videoType: 'camera' },
      [`${BOB}-v1`]: { isMuted: false, videoType: 'desktop' },
    });
  });

  test('what the server vouches for is read apart from what somebody calls itself', () => {
    const { occupant } = readPresence(
      presence(
        '<nick xmlns="http://jabber.org/protocol/nick">@ann:example.org\u202e</nick><identity><user>' +
          '<id>@bob:example.org</id></user><matrix xmlns="urn:parley:matrix" id="@bob:example.org"/></identity>',
      ),
      BOB,
    );
    expect(occupant).toMatchObject({
      displayName: '@ann:example.org',
      matrixId: '@bob:example.org',
      userId: '@bob:example.org',
    });
    const of = (content: string) => readPresence(presence(content), BOB).occupant.userId;
    expect(of('<identity><user><id>moodle-7</id></user></identity>')).toBe('moodle-7');
    expect(of(`<identity><user><id>${'x'.repeat(1_024)}</id></user></identity>`)).toBeUndefined();
    expect(of('<user><id>moodle-7</id></user>')).toBeUndefined();
  });

  test('a picture is the room token’s, else what somebody says, and an address of the web', () => {
    const of = (content: string) => readPresence(presence(content), BOB).occupant.pictureUrl;
    const token = '<identity><user><avatar>https://cloud.example/bob.png</avatar></user></identity>';
    const own = '<avatar-url>https://other.example/bob.png</avatar-url>';
    expect(of(own + token)).toBe('https://cloud.example/bob.png');
    expect(of(own)).toBe('https://other.example/bob.png');
    for (const url of ['javascript:alert(1)', 'data:image/png;base64,AA==', '/x', `https://a/${'x'.repeat(2_048)}`]) {
      expect(of(`<avatar-url>${url}</avatar-url>`), url).toBeUndefined();
    }
    expect(readPresence(presence('<matrix xmlns="urn:parley:matrix" id="@a:b"/>'), BOB).occupant.matrixId).toBe(
      undefined,
    );
  });

  test('a telephone is known by its feature, and says how far its call is', () => {
    const features = (name: string) => `<features><feature var="${name}"/></features>`;
    const phone = (content: string) => readPresence(presence(content), BOB).occupant.phone;
    const telephone = features('http://jitsi.org/protocol/jigasi');
    expect(phone(telephone)).toEqual({ status: undefined, isOnHold: false });
    expect(phone(`${telephone}<status>Ringing\u202e\n</status>`)).toEqual({ status: 'Ringing', isOnHold: false });
    expect(phone(`${telephone}<jitsi_participant_on_hold>true</jitsi_participant_on_hold>`)).toEqual({
      status: undefined,
      isOnHold: true,
    });
    expect(phone(`${features('urn:xmpp:jingle:1')}<status>Away</status>`)).toBeUndefined();
  });

  test('sources in the name of others are left out', () => {
    const { occupant } = readPresence(
      presence('<SourceInfo>{"1f0c9a7e-a0":{"muted":false},"__proto__":{"muted":false},"b27de114-x9":{}}</SourceInfo>'),
      BOB,
    );
    expect(occupant.sources.size).toBe(0);
  });

  test('a lowered hand is an empty time', () => {
    const { occupant } = readPresence(presence('<jitsi_participant_raisedHand/>'), BOB);
    expect(occupant.handRaisedAtMs).toBeUndefined();
  });

  test('gateways say mute in the old way', () => {
    const { occupant } = readPresence(presence('<audiomuted>false</audiomuted>'), BOB);
    expect(occupant.sources.get(`${BOB}-a0`)?.isMuted).toBe(false);
  });

  test('a kick names who did it and why', () => {
    const user =
      '<x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="none" role="none"><actor nick="1f0c9a7e"/>' +
      '<reason>noise</reason></item><status code="307"/><status code="110"/></x>';
    const stanza = parseXml(`<presence xmlns="jabber:client" type="unavailable">${user}</presence>`);
    const read = readPresence(stanza, BOB);
    expect(read).toMatchObject({ isUnavailable: true, actor: '1f0c9a7e', reason: 'noise' });
    expect([...read.statusCodes]).toEqual([307, 110]);
  });

  test('whatever another participant writes into SourceInfo, reading does not fail', () => {
    const content = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(content, (text) => {
        const stanza = xml('presence', {}, xml('SourceInfo', {}, text));
        for (const [name] of readPresence(stanza, BOB).occupant.sources) expect(name.startsWith(`${BOB}-`)).toBe(true);
      }),
    );
  });
});

describe('own presence', () => {
  const own = {
    displayName: 'Ann',
    sources: { '1f0c9a7e-a0': { muted: true } },
    handRaisedAtMs: 5,
    caps: { node: 'n', version: 'v' },
  };

  test('is read by others as it was meant', () => {
    const written = writePresence('standup@muc.meet.example/1f0c9a7e', own);
    const { occupant } = readPresence(parseXml(serializeXml(written)), '1f0c9a7e');
    expect(occupant).toMatchObject({ displayName: 'Ann', handRaisedAtMs: 5 });
    expect(occupant.sources.get('1f0c9a7e-a0')?.isMuted).toBe(true);
  });

  test('enters a room with the password, and only then', () => {
    const join = serializeXml(writePresence('r/n', own, { password: 's3cret' }));
    expect(join).toContain('<x xmlns="http://jabber.org/protocol/muc"><password>s3cret</password></x>');
    expect(serializeXml(writePresence('r/n', own))).not.toContain('http://jabber.org/protocol/muc"');
  });

  test('pins VP8 for foreign clients', () => {
    expect(serializeXml(writePresence('r/n', own))).toContain(
      '<jitsi_participant_codecList>vp8</jitsi_participant_codecList>',
    );
  });
});
