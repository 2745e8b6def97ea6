import { child, xml, type XmlElement } from './element.ts';

/**
 * Ours, in the `<identity/>` that the server puts into presences: `<matrix xmlns="urn:parley:matrix" id="@ann:host"/>` of
 * somebody for whom the homeserver of that id has vouched. The `<id/>` beside it may also come from a token or an account.
 */
const NS_MATRIX_IDENTITY = 'urn:parley:matrix';

/** Matrix specification, appendices, "User Identifiers"; bytes and characters are the same here. */
const MAX_LENGTH = 255;
const USER_ID = /^@[\x21-\x39\x3b-\x7e]*:[\x21-\x7e]+$/;

/** @param userId as its homeserver says it. */
export function matrixIdentityElement(userId: string): XmlElement {
  return xml('matrix', { xmlns: NS_MATRIX_IDENTITY, id: userId });
}

/** The verified Matrix user id in a presence from the server; undefined where there is none. */
export function readMatrixId(presence: XmlElement): string | undefined {
  const identity = child(presence, 'identity');
  return readUserId(identity === undefined ? undefined : child(identity, 'matrix', NS_MATRIX_IDENTITY)?.attrs['id']);
}

/** What the server says, if it is a user id of Matrix. */
export function readUserId(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= MAX_LENGTH && USER_ID.test(value) ? value : undefined;
}
