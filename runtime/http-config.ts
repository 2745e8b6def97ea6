import { z } from 'zod';
import { addressRange } from './address-range.ts';

export const httpConfig = z.strictObject({
  host: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Address to listen on. Default: 127.0.0.1 while publicUrl names this machine itself, else all addresses.',
    ),
  port: z.number().int().min(0).max(65_535).default(8080).describe('TCP port of the page and of signalling; 0: any.'),
  trustedProxies: z
    .array(addressRange)
    .default([])
    .describe('Reverse proxies whose X-Forwarded-For, -Proto and -Host are believed.'),
  allowedOrigins: z
    .array(z.string())
    .default([])
    .describe('Origins of pages that may open WebSockets here; empty: all, since no cookie authenticates anything.'),
  metricsAllow: z.array(addressRange).default(['127.0.0.0/8', '::1/128']).describe('Who may read /metrics.'),
});
export type HttpConfig = z.infer<typeof httpConfig>;

export const tlsConfig = z
  .strictObject({
    cert: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file with the certificate and its chain; re-read when it changes.'),
    key: z.string().min(1).optional().describe('PEM file with the private key; re-read when it changes.'),
  })
  .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), {
    error: 'cert and key belong together: set both (PARLEY_TLS_CERT, PARLEY_TLS_KEY) or neither',
  });
