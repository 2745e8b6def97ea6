import { createHmac } from 'node:crypto';

export interface ElementTokenParts {
  /** `conferenceDomain` of the widget. */
  readonly domain?: string;
  readonly matrix: unknown;
  readonly user?: unknown;
  readonly header?: object;
  /** Other claims than Element makes. */
  readonly claims?: object;
}

/** The key that Element signs with, which is in its public source: its signature proves nothing. */
const ELEMENT_KEY = 'notused';

/** A token as Element makes it for a conference (matrix note §2.2). */
export function elementToken({ domain = 'meet.example', matrix, user, header, claims }: ElementTokenParts): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = {
    iss: domain,
    sub: domain,
    aud: `https://${domain}`,
    room: '*',
    context: { matrix, user: user ?? { avatar: '', name: 'Somebody' } },
    ...claims,
  };
  const signed = `${part({ alg: 'HS256', typ: 'JWT', ...header })}.${part(content)}`;
  return `${signed}.${createHmac('sha256', ELEMENT_KEY).update(signed).digest('base64url')}`;
}
