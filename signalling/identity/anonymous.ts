import type { LoginMechanism } from './identity.ts';

/** SASL ANONYMOUS (RFC 4505, XEP-0175): guests. The trace information a client may send is not looked at. */
export function anonymousLogin(hosts: readonly string[]): LoginMechanism {
  return {
    name: 'ANONYMOUS',
    isOfferedOn: (host) => hosts.includes(host),
    logIn: () => Promise.resolve({ isAccepted: true, identity: { kind: 'anonymous' } }),
  };
}
