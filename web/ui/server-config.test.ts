import { describe, expect, it } from 'vitest';
import { serverConfigFrom } from './server-config.ts';

const page = { protocol: 'https:', host: 'meet.example:8443', hostname: 'meet.example' };

describe('server configuration', () => {
  it('takes the domain of config.js and the host of the page', () => {
    expect(serverConfigFrom({ hosts: { domain: 'meet.jitsi' } }, page, undefined)).toEqual({
      xmppDomain: 'meet.jitsi',
      webSocketUrl: 'wss://meet.example:8443/xmpp-websocket',
      identityProvider: undefined,
      doMembersLogIn: false,
    });
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

  it('puts a tenant into the path and survives a missing or odd file', () => {
    for (const config of [undefined, null, 'x', { hosts: 7 }, { hosts: { domain: 1 } }]) {
      expect(serverConfigFrom(config, page, 'choir')).toEqual({
        xmppDomain: 'meet.example',
        webSocketUrl: 'wss://meet.example:8443/choir/xmpp-websocket',
        identityProvider: undefined,
        doMembersLogIn: false,
      });
    }
  });
});
