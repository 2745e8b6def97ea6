import { describe, expect, it } from 'vitest';
import { NO_TELEPHONE } from './phone/telephone.ts';
import { serverConfigFrom } from './server-config.ts';

const page = {
  protocol: 'https:',
  host: 'meet.example:8443',
  hostname: 'meet.example',
  origin: 'https://meet.example:8443',
};

describe('server configuration', () => {
  it('takes the domain of config.js and the host of the page', () => {
    expect(serverConfigFrom({ hosts: { domain: 'meet.jitsi' } }, page, undefined)).toEqual({
      xmppDomain: 'meet.jitsi',
      webSocketUrl: 'wss://meet.example:8443/xmpp-websocket',
      publicOrigin: 'https://meet.example:8443',
      usesPeerToPeer: false,
      identityProvider: undefined,
      pictureSources: [],
      doMembersLogIn: false,
      telephone: NO_TELEPHONE,
    });
  });

  it('knows where others find meetings when this page is elsewhere', () => {
    const origin = (websocketKeepAliveUrl: unknown) =>
      serverConfigFrom({ websocketKeepAliveUrl }, page, undefined).publicOrigin;
    expect(origin('https://public.example/xmpp-websocket')).toBe('https://public.example');
    expect(origin('javascript:alert(1)')).toBe(page.origin);
  });

  it('knows whether two people may talk without the bridge', () => {
    const usesPeerToPeer = (p2p: unknown) => serverConfigFrom({ p2p }, page, undefined).usesPeerToPeer;
    expect(usesPeerToPeer({ enabled: true })).toBe(true);
    expect([{ enabled: false }, { enabled: 'yes' }, true, null].map(usesPeerToPeer)).not.toContain(true);
  });

  it('knows whether members log in', () => {
    const config = { hosts: { domain: 'meet.example', authdomain: 'auth.meet.example' } };
    expect(serverConfigFrom(config, page, undefined).doMembersLogIn).toBe(true);
  });

  it('knows where else people log in, unless that is no address', () => {
    const provider = (identityProvider: unknown) =>
      serverConfigFrom({ parley: { identityProvider } }, page, undefined).identityProvider;
    const choir = { name: 'Choir', loginUrl: 'https://meet.example/auth/login' };
    expect(provider(choir)).toEqual(choir);
    expect(provider({ ...choir, loginUrl: 'javascript:alert(1)' })).toBeUndefined();
    expect(provider({ name: 'Choir' })).toBeUndefined();
  });

  it('knows where to ask about telephones, also by a path alone, unless that is no address', () => {
    const telephone = (config: object) => serverConfigFrom(config, page, undefined).telephone;
    expect(
      telephone({
        dialInNumbersUrl: '/dialin/phoneNumberList',
        dialInConfCodeUrl: 'https://phone.example/mapper',
        dialOutAuthUrl: 'javascript:alert(1)',
        parley: { dialInPageUrl: 'https://meet.example:8443/dialin' },
      }),
    ).toEqual({
      numbersUrl: 'https://meet.example:8443/dialin/phoneNumberList',
      pinUrl: 'https://phone.example/mapper',
      pageUrl: 'https://meet.example:8443/dialin',
      dialOutUrl: undefined,
    });
  });

  it('puts a tenant into the path and survives a missing or odd file', () => {
    for (const config of [undefined, null, 'x', { hosts: 7 }, { hosts: { domain: 1 } }]) {
      expect(serverConfigFrom(config, page, 'choir')).toEqual({
        xmppDomain: 'meet.example',
        webSocketUrl: 'wss://meet.example:8443/choir/xmpp-websocket',
        publicOrigin: 'https://meet.example:8443',
        usesPeerToPeer: false,
        identityProvider: undefined,
        pictureSources: [],
        doMembersLogIn: false,
        telephone: NO_TELEPHONE,
      });
    }
  });
});
