import { z } from 'zod';
import { focusConfig } from './focus/config.ts';
import { adminConfig } from './runtime/admin.ts';
import { httpConfig, tlsConfig } from './runtime/http-config.ts';
import { logConfig } from './runtime/logger.ts';
import { mediaConfig, sfuConfig } from './sfu/config.ts';
import { mucConfig, xmppConfig } from './signalling/config.ts';
import { authConfig, jwtConfig } from './signalling/identity/config.ts';
import { matrixConfig } from './signalling/identity/matrix/config.ts';
import { oidcConfig } from './signalling/identity/oidc/config.ts';
import { sipConfig } from './sip/config.ts';
import { turnConfig } from './turn/config.ts';
import { embedConfig, webConfig } from './web/server/config.ts';

/** The whole configuration, composed of the parts that each folder owns (decisions.md, "Configuration"). */
export const configSchema = z.strictObject({
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => ['', '/'].includes(new URL(url).pathname), { error: 'expected an address without a path' })
    .optional()
    .describe('Where browsers find this server, such as https://meet.example. Default: http://localhost:<port>.'),
  dataDir: z.string().min(1).default('./data').describe('Directory for secrets and other data that outlive a restart.'),
  log: logConfig.prefault({}),
  http: httpConfig.prefault({}),
  tls: tlsConfig.prefault({}),
  admin: adminConfig.prefault({}),
  xmpp: xmppConfig.prefault({}),
  muc: mucConfig.prefault({}),
  auth: authConfig.prefault({}),
  jwt: jwtConfig.prefault({}),
  oidc: oidcConfig.prefault({}),
  matrix: matrixConfig.prefault({}),
  focus: focusConfig.prefault({}),
  media: mediaConfig.prefault({}),
  sfu: sfuConfig.prefault({}),
  turn: turnConfig.prefault({}),
  web: webConfig.prefault({}),
  embed: embedConfig.prefault({}),
  sip: sipConfig.prefault({}),
});
export type Config = z.infer<typeof configSchema>;
