import jwt from 'jsonwebtoken';
import type { RoomAddress } from '#protocol/xmpp/room-name.ts';
import { TokenVerifier } from '../jwt/token-verifier.ts';
import type { MemberSession } from './member-sessions.ts';

const ISSUER = 'parley';
/** In that time whoever has logged out, or found somebody's token, is out; the page gets a new one before. */
const LIFETIME_SECONDS = 3_600;

interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

export interface OwnTokenOptions {
  /** The generated secret. */
  readonly key: string;
  readonly domain: string;
  readonly clockSkewSeconds: number;
}

/** Room tokens of our own (wire note §8): for one room and an hour, or until the login ends. From there they go the way of all tokens. */
export class OwnTokens {
  readonly verifier: TokenVerifier;
  readonly #options: OwnTokenOptions;

  constructor(options: OwnTokenOptions) {
    this.#options = options;
    this.verifier = new TokenVerifier({
      secret: options.key,
      keys: undefined,
      issuers: [ISSUER],
      audiences: [options.domain],
      isRoomRequired: true,
      clockSkewSeconds: options.clockSkewSeconds,
      nowSeconds: () => Math.floor(Date.now() / 1000),
    });
  }

  issue({ node, tenant }: RoomAddress, { member, endsAtMs }: MemberSession): IssuedToken {
    const { person, isModerator, features } = member;
    const { key, domain } = this.#options;
    const nowSeconds = Math.floor(Date.now() / 1000);
    const exp = Math.min(Math.floor(endsAtMs / 1000), nowSeconds + LIFETIME_SECONDS);
    const claims = {
      iss: ISSUER,
      aud: domain,
      sub: tenant ?? domain,
      room: node,
      exp,
      context: {
        user: { ...person, ...(isModerator === undefined ? {} : { moderator: isModerator }) },
        ...(features === undefined ? {} : { features }),
      },
    };
    return { token: jwt.sign(claims, key, { algorithm: 'HS256' }), expiresInSeconds: exp - nowSeconds };
  }
}
