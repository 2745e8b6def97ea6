import { describe, expect, it } from 'vitest';
import { frameUrl } from './frame-url.ts';

const fragmentOf = (url: URL) =>
  new Map(
    url.hash
      .slice(1)
      .split('&')
      .map((pair) => pair.split('=') as [string, string]),
  );

describe('the address of a meeting', () => {
  it('has the room below the domain’s path, whatever its name', () => {
    expect(frameUrl('meet.example', { roomName: 'tea' }, 0).href).toBe(
      'https://meet.example/tea#jitsi_meet_external_api_id=0',
    );
    expect(frameUrl('meet.example:8443/acme', { roomName: 'tea & more?#x/Καφές' }, 2).href).toBe(
      'https://meet.example:8443/acme/tea%20&%20more%3F%23x/%CE%9A%CE%B1%CF%86%CE%AD%CF%82#jitsi_meet_external_api_id=2',
    );
  });

  it('has the token in the query and as JSON in the fragment', () => {
    const url = frameUrl('meet.example', { roomName: 'tea', jwt: 'a.b.c', lang: 'el', release: 'r1' }, 0);
    expect(url.search).toBe('?jwt=a.b.c&lang=el&release=r1');
    expect(fragmentOf(url).get('jwt')).toBe('%22a.b.c%22');
  });

  it('has one key for each setting of the first level, its value as JSON', () => {
    const url = frameUrl(
      'meet.example',
      {
        roomName: 'tea',
        configOverwrite: { prejoinConfig: { enabled: false }, subject: 'Tea & more', startAudioOnly: undefined },
        interfaceConfigOverwrite: { MAIN_TOOLBAR_BUTTONS: [] },
        devices: { audioInput: null },
        userInfo: { displayName: 'Άννα' },
        iceServers: { replace: [] },
      },
      1,
    );
    expect(Object.fromEntries(fragmentOf(url))).toEqual({
      jitsi_meet_external_api_id: '1',
      'config.prejoinConfig': '%7B%22enabled%22%3Afalse%7D',
      'config.subject': '%22Tea%20%26%20more%22',
      'interfaceConfig.MAIN_TOOLBAR_BUTTONS': '%5B%5D',
      'devices.audioInput': 'null',
      'userInfo.displayName': '%22%CE%86%CE%BD%CE%BD%CE%B1%22',
      'iceServers.replace': '%5B%5D',
    });
  });

  it('takes the language of the settings if none is given', () => {
    const url = frameUrl('meet.example', { roomName: 'tea', configOverwrite: { defaultLanguage: 'el' } }, 0);
    expect(url.searchParams.get('lang')).toBe('el');
  });
});
