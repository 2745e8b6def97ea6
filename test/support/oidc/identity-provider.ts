import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';

export const CLIENT_ID = 'parley';
export const CLIENT_SECRET = 'what server and provider share';

/** Who has an account at the provider: by name, with what it says of them. Any password does. */
const PEOPLE: Readonly<Record<string, { readonly name: string; readonly groups: readonly string[] }>> = {
  ann: { name: 'Ann Lee', groups: ['choir', 'board'] },
  bob: { name: 'Bob Ray', groups: ['choir'] },
  eve: { name: 'Eve', groups: [] },
};

/** The real oidc-provider on a free port, with its own login and consent forms. */
export class IdentityProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly #http: Server;
  readonly #allowed = new Set<string>();
  readonly #isAllowed = (uri: string): boolean => this.#allowed.has(uri);

  static async start(): Promise<IdentityProvider> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return new IdentityProvider(http);
  }

  private constructor(http: Server) {
    this.#http = http;
    this.issuer = `http://localhost:${(http.address() as AddressInfo).port}`;
    const provider = new Provider(this.issuer, CONFIGURATION);
    // Its way to let clients have addresses that are not known at its start.
    Object.assign(provider.Client.prototype, {
      redirectUriAllowed: this.#isAllowed,
      postLogoutRedirectUriAllowed: this.#isAllowed,
    });
    const answer = provider.callback();
    http.on('request', (request, response) => void answer(request, response));
  }

  /** Registers the addresses of a server of ours. */
  allow(publicUrl: string): void {
    this.#allowed.add(`${publicUrl}/auth/callback`).add(`${publicUrl}/`);
  }

  /** Section `oidc` of a server that uses it. */
  get settings(): Readonly<Record<string, unknown>> {
    return { issuer: this.issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, insecureIssuer: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

const CONFIGURATION: Configuration = {
  clients: [CLIENT_ID, 'other'].map((client_id) => ({
    client_id,
    client_secret: CLIENT_SECRET,
    redirect_uris: ['https://registered.example/auth/callback'],
  })),
  claims: { openid: ['sub', 'groups'], profile: ['name'], email: ['email', 'email_verified'] },
  cookies: { keys: ['a key for tests'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_context, id) => {
    const person = PEOPLE[id];
    if (person === undefined) return undefined;
    return {
      accountId: id,
      claims: () => ({
        sub: id,
        ...person,
        groups: [...person.groups],
        email: `${id}@choir.example`,
        email_verified: true,
      }),
    };
  },
};
