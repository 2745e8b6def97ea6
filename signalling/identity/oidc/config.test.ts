import { expect, test } from 'vitest';
import { policyOf } from '../config.ts';
import { oidcConfig, providerName } from './config.ts';

const issuer = 'https://login.example/realms/choir';

test('nothing is a configuration, and so are a provider and our name there', () => {
  expect(providerName(oidcConfig.parse({}))).toBeUndefined();
  const config = oidcConfig.parse({ issuer, clientId: 'parley' });
  expect(providerName(config)).toBe('login.example');
  expect(providerName({ ...config, name: 'Choir' })).toBe('Choir');
  expect(policyOf({ policy: undefined, memberModerators: true }, {}, config)).toBe('members');
  expect(policyOf({ policy: 'wait', memberModerators: true }, {}, config)).toBe('wait');
});

test.each([
  [{ issuer }, 'PARLEY_OIDC_CLIENT_ID'],
  [{ clientId: 'parley' }, 'PARLEY_OIDC_ISSUER'],
  [{ issuer: 'http://login.example', clientId: 'parley' }, 'insecureIssuer'],
  [{ issuer: `${issuer}?x=1`, clientId: 'parley' }, 'without query'],
  [{ issuer: 'login.example', clientId: 'parley' }, 'URL'],
  [{ issuer, clientId: 'parley', scopes: ['profile'] }, 'openid'],
  [{ issuer, clientId: 'parley', featureGroups: ['recording'] }, 'recording:staff'],
  [{ issuer, clientId: 'parley', secret: 'x' }, 'secret'],
])('%j is refused with a word on %s', (settings, word) => {
  const { error } = oidcConfig.safeParse(settings);
  expect(error?.message).toContain(word);
});
