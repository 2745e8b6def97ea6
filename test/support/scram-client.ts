import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** The client's side of SCRAM-SHA-256 (RFC 7677), written for tests apart from the server's. */
export class ScramClient {
  readonly #password: string;
  readonly #bare: string;

  constructor(username: string, password: string) {
    this.#password = password;
    this.#bare = `n=${username},r=${randomBytes(18).toString('hex')}`;
  }

  get first(): string {
    return `n,,${this.#bare}`;
  }

  /** @returns the last message, and what the server must answer. */
  answer(challenge: string): { readonly final: string; readonly expected: string } {
    const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(challenge) ?? [];
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=biws,r=${nonce}`;
    const everything = `${this.#bare},${challenge},${withoutProof}`;
    const signature = hmac(createHash('sha256').update(clientKey).digest(), everything);
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    return {
      final: `${withoutProof},p=${proof.toString('base64')}`,
      expected: `v=${hmac(hmac(salted, 'Server Key'), everything).toString('base64')}`,
    };
  }
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
