import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseConfig, parseUrlParams } from './url-params.ts';

const parse = (hash: string, search = '') => parseUrlParams({ search, hash });
/** As embedders write values. */
const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));

describe('parameters in the fragment', () => {
  it('are read in Jitsi’s form', () => {
    expect(
      parse(
        '#config.prejoinConfig.enabled=false&config.startWithAudioMuted=true&config.startWithVideoMuted=true&config.p2p.enabled=false&userInfo.displayName=%22Ann%22',
      ),
    ).toEqual({
      prejoin: false,
      startWithAudioMuted: true,
      startWithVideoMuted: true,
      peerToPeer: false,
      displayName: 'Ann',
    });
  });

  it('are read as Element sends them', () => {
    const hash = [
      '#jitsi_meet_external_api_id=0',
      `jwt=${json('header.payload.signature')}`,
      `config.subject=${json('Tea, και μέλι')}`,
      'config.startAudioOnly=false',
      'config.startWithAudioMuted=undefined',
      'config.startWithVideoMuted=true',
      `config.apiLogLevels=${json(['warn', 'error'])}`,
      'interfaceConfig.SHOW_JITSI_WATERMARK=false',
      'interfaceConfig.MAIN_TOOLBAR_BUTTONS=%5B%5D',
      'interfaceConfig.VIDEO_LAYOUT_FIT=%22height%22',
      'devices.audioInput=undefined',
      `devices.videoInput=${json(null)}`,
      `userInfo.displayName=${json('Alice')}`,
      `userInfo.email=${json('@alice:example.org')}`,
      `appData.localStorageContent=${json(null)}`,
    ].join('&');
    expect(parse(hash, '?jwt=header.payload.signature&lang=enGB')).toEqual({
      apiId: 0,
      token: 'header.payload.signature',
      language: 'en-GB',
      subject: 'Tea, και μέλι',
      startAudioOnly: false,
      startWithVideoMuted: true,
      apiLogLevels: ['warn', 'error'],
      cameraLabel: null,
      displayName: 'Alice',
      email: '@alice:example.org',
    });
  });

  it('are read as Element sends them for its video rooms', () => {
    const hash = [
      '#jitsi_meet_external_api_id=3',
      `config.prejoinConfig=${json({ enabled: true })}`,
      `config.toolbarButtons=${json(['microphone', 'camera', 'tileview', 'hangup'])}`,
      `config.conferenceInfo=${json({ autoHide: [] })}`,
      'config.disableSelfViewSettings=true',
    ].join('&');
    expect(parse(hash)).toEqual({
      apiId: 3,
      prejoin: true,
      toolbarButtons: ['microphone', 'camera', 'tileview', 'hangup'],
      hidesInfo: true,
      disablesSelfViewSettings: true,
    });
  });

  it.each([
    ['one JSON value', `#config.prejoinConfig=${json({ enabled: false })}`],
    ['deep dots', '#config.prejoinConfig.enabled=false'],
    [
      'deep dots before the value that they win over',
      `#config.prejoinConfig.enabled=false&config.prejoinConfig=${json({ enabled: true })}`,
    ],
    ['deep dots after it', `#config.prejoinConfig=${json({ enabled: true })}&config.prejoinConfig.enabled=false`],
    ['deep dots into what is no object', '#config.prejoinConfig=7&config.prejoinConfig.enabled=false'],
  ])('of a nested object may be %s', (_what, hash) => {
    expect(parse(hash)).toEqual({ prejoin: false });
  });

  it('accept quotes that a browser left as they are, and Greek', () => {
    expect(parse('#userInfo.displayName="Άννα%20Λ."').displayName).toBe('Άννα Λ.');
  });

  it.each(['', '#', '#config.startWithAudioMuted', '#config.startWithAudioMuted=maybe', '#=true', '#%=%', '#a=1&&b=2'])(
    'ignore “%s”',
    (hash) => {
      expect(parse(hash)).toEqual({});
    },
  );

  it.each([
    '#config.startWithAudioMuted="true"&userInfo.displayName={"a":1}',
    '#jitsi_meet_external_api_id="0"',
    '#jitsi_meet_external_api_id=-1',
    '#jitsi_meet_external_api_id=0.5',
    '#config.toolbarButtons="camera"&config.apiLogLevels={}',
    '#devices.audioInput=7&devices.videoInput=""',
  ])('ignore values of the wrong type: %s', (hash) => {
    expect(parse(hash)).toEqual({});
  });

  it('are read as Moodle, Nextcloud and hand-written links send them', () => {
    const hash = [
      `#interfaceConfig.TOOLBAR_BUTTONS=${json(['microphone', 'hangup'])}`,
      'config.prejoinPageEnabled=false',
      'config.disableInviteFunctions=true',
      'config.disablePolls=true',
      'config.disableReactions=false',
      'config.speakerStats.disabled=true',
      'config.hideConferenceSubject=true',
      'config.hideConferenceTimer=true',
      'config.disableSelfView=true',
      'config.disableShortcuts=true',
      'config.disableProfile=true',
      'config.remoteVideoMenu.disableKick=true',
      'config.lobby.autoKnock=true',
    ].join('&');
    expect(parse(hash)).toEqual({
      toolbarButtons: ['microphone', 'hangup'],
      absentButtons: ['invite', 'polls', 'stats'],
      prejoin: false,
      hidesSubject: true,
      hidesTimer: true,
      hidesSelf: true,
      disablesShortcuts: true,
      fixesName: true,
      hidesKick: true,
      knocksAtOnce: true,
    });
  });

  it('choose buttons by the newer name where both are there, and by an empty older one not at all', () => {
    const older = `interfaceConfig.TOOLBAR_BUTTONS=${json(['chat'])}`;
    expect(parse(`#${older}&config.toolbarButtons=${json(['camera'])}`).toolbarButtons).toEqual(['camera']);
    expect(parse('#interfaceConfig.TOOLBAR_BUTTONS=[]')).toEqual({});
    expect(parse('#config.toolbarButtons=[]').toolbarButtons).toEqual([]);
  });

  it('change nothing that they are not asked to', () => {
    const hash =
      '#config.hosts={"domain":"evil.example"}&config.websocket="wss://evil.example"&config.analytics={"scriptURLs":["x"]}&iceServers.replace=[]';
    expect(parse(hash)).toEqual({});
  });

  it('reach no prototype', () => {
    parse(
      '#__proto__.polluted=true&constructor.prototype.polluted=true&config.__proto__.polluted=true&__proto__={"polluted":true}&config={"__proto__":{"polluted":true}}',
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(parse('#config={"__proto__":{"startAudioOnly":true}}')).toEqual({});
    expect(parse('#config.__proto__={"startAudioOnly":true}')).toEqual({});
  });

  it('never make it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (hash) => {
        expect(parse(hash)).toBeTypeOf('object');
      }),
    );
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom('config', 'config.toolbarButtons', 'devices', 'userInfo'),
        (value, key) => {
          expect(parse(`#${key}=${encodeURIComponent(value)}`)).toBeTypeOf('object');
        },
      ),
    );
  });
});

describe('the token', () => {
  it('of the fragment counts before that of the query', () => {
    expect(parse('#jwt=%22a.b.c%22', '?jwt=d.e.f').token).toBe('a.b.c');
    expect(parse('', '?jwt=d.e.f').token).toBe('d.e.f');
    expect(parse('#jwt=undefined', '?jwt=d.e.f').token).toBe('d.e.f');
  });

  it('is none where the link has an empty one, or one that no server takes', () => {
    expect(parse('#jwt=%22%22', `?jwt=${'x'.repeat(8193)}`).token).toBeUndefined();
  });
});

test.each([
  ['?lang=enGB', '', 'en-GB'],
  ['?lang=deAT', '', 'de-AT'],
  ['?lang=el', '#config.defaultLanguage="en"', 'el'],
  ['?lang=en-US', '', 'en-US'],
  ['?lang=../../x', '#config.defaultLanguage="el"', 'el'],
])('the language of %s%s is %s', (search, hash, language) => {
  expect(parseUrlParams({ search, hash }).language).toBe(language);
});

test('settings may come as an object, too', () => {
  const notify = ['camera', { key: 'chat', preventExecution: false }, { key: 'hangup', preventExecution: true }, 7, {}];
  const config = parseConfig({ subject: 'Tea', buttonsWithNotifyClick: notify, websocket: 'wss://evil.example' });
  expect(config.subject).toBe('Tea');
  expect(Array.from(config.buttonsWithNotifyClick ?? [])).toEqual([
    ['camera', { preventsExecution: true }],
    ['chat', { preventsExecution: false }],
    ['hangup', { preventsExecution: true }],
  ]);
  expect(Object.keys(config).toSorted()).toEqual(['buttonsWithNotifyClick', 'subject']);
});
