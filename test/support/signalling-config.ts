import { mucConfig, xmppConfig } from '../../signalling/config.ts';
import { authConfig, jwtConfig } from '../../signalling/identity/config.ts';
import { matrixConfig } from '../../signalling/identity/matrix/config.ts';
import { oidcConfig } from '../../signalling/identity/oidc/config.ts';
import type { SignallingConfig } from '../../signalling/server.ts';

type Section = Readonly<Record<string, unknown>>;

export type SignallingSections = Readonly<Partial<Record<keyof SignallingConfig, Section>>>;

/** What a configuration file with these sections means to signalling. */
export function signallingConfig(sections: SignallingSections = {}): SignallingConfig {
  return {
    xmpp: xmppConfig.parse(sections.xmpp ?? {}),
    muc: mucConfig.parse(sections.muc ?? {}),
    auth: authConfig.parse(sections.auth ?? {}),
    jwt: jwtConfig.parse(sections.jwt ?? {}),
    oidc: oidcConfig.parse(sections.oidc ?? {}),
    matrix: matrixConfig.parse(sections.matrix ?? {}),
  };
}
