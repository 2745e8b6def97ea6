import { booleanAttribute, optionalAttribute, requiredAttribute } from './attributes.ts';
import { DecodeError } from './decode-error.ts';
import { child, childElements, childNamespace, isElement, withChildren, xml, type XmlElement } from './element.ts';
import { formatBareJid, parseJid } from './jid.ts';
import { NS_FOCUS } from './jingle.ts';

/** Jitsi's conference request (wire note §3.1): a client asks the focus for a conference in a room. */

const MAX_PROPERTIES = 64;
const TEXT = /^[^\p{Cc}]{0,1024}$/u;
/** JWTs are long; the focus only passes them on. */
const TOKEN = /^[\x21-\x7e]{0,8192}$/;

export interface ConferenceRequest {
  /** Bare address of the room. */
  readonly room: string;
  /** Random id of the browser. */
  readonly machineUid?: string;
  readonly sessionId?: string;
  readonly token?: string;
  readonly properties: Readonly<Record<string, string>>;
  /** What signalling knows of who asks; never a client's own words. */
  readonly requester?: Requester;
}

/**
 * Ours: `<requester xmlns="urn:parley:requester"/>` in conference requests that signalling hands to the focus, which puts
 * it into its answer.
 */
export const NS_REQUESTER = 'urn:parley:requester';

export interface Requester {
  /** There is a way to log in that would change anything. */
  readonly isAuthenticationEnabled: boolean;
  /** The name with which it has logged in. */
  readonly identity?: string;
  /** What it may show later instead of logging in. */
  readonly sessionId?: string;
}

export interface ConferenceAnswer {
  readonly room: string;
  /** The focus is in the room: the client may join. */
  readonly isReady: boolean;
  /** Bare address of the focus's account. */
  readonly focusJid: string;
  readonly identity?: string;
  readonly sessionId?: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** The `<conference/>` of an IQ, or undefined if it is about something else. */
export function conferenceOf(iq: XmlElement): XmlElement | undefined {
  return child(iq, 'conference', NS_FOCUS);
}

/** @throws DecodeError */
export function decodeConferenceRequest(element: XmlElement): ConferenceRequest {
  const machineUid = optionalAttribute(element, 'machine-uid', TEXT);
  const sessionId = optionalAttribute(element, 'session-id', TEXT);
  const token = optionalAttribute(element, 'token', TOKEN);
  const requester = child(element, 'requester', NS_REQUESTER);
  return {
    room: roomOf(element),
    ...(machineUid === undefined ? {} : { machineUid }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(token === undefined ? {} : { token }),
    properties: decodeProperties(element),
    ...(requester === undefined ? {} : { requester: decodeRequester(requester) }),
  };
}

function decodeRequester(element: XmlElement): Requester {
  const identity = optionalAttribute(element, 'identity', TEXT);
  const sessionId = optionalAttribute(element, 'session-id', TEXT);
  return {
    isAuthenticationEnabled: booleanAttribute(element, 'authentication'),
    ...(identity === undefined ? {} : { identity }),
    ...(sessionId === undefined ? {} : { sessionId }),
  };
}

/** A request with what signalling knows of who asks, in place of anything a client may have written there. */
export function withRequester(conference: XmlElement, requester: Requester): XmlElement {
  const { isAuthenticationEnabled, identity, sessionId } = requester;
  return withChildren(conference, [
    xml('requester', {
      xmlns: NS_REQUESTER,
      authentication: isAuthenticationEnabled,
      identity,
      'session-id': sessionId,
    }),
    ...conference.children.filter((node) => !isElement(node) || childNamespace(conference, node) !== NS_REQUESTER),
  ]);
}

export function encodeConferenceRequest(request: ConferenceRequest): XmlElement {
  return xml(
    'conference',
    {
      xmlns: NS_FOCUS,
      room: request.room,
      'machine-uid': request.machineUid,
      'session-id': request.sessionId,
      token: request.token,
    },
    encodeProperties(request.properties),
  );
}

/** @throws DecodeError */
export function decodeConferenceAnswer(element: XmlElement): ConferenceAnswer {
  const identity = optionalAttribute(element, 'identity', TEXT);
  const sessionId = optionalAttribute(element, 'session-id', TEXT);
  return {
    room: roomOf(element),
    isReady: booleanAttribute(element, 'ready'),
    focusJid: formatBareJid(parseJid(requiredAttribute(element, 'focusjid', TEXT))),
    ...(identity === undefined ? {} : { identity }),
    ...(sessionId === undefined ? {} : { sessionId }),
    properties: decodeProperties(element),
  };
}

export function encodeConferenceAnswer(answer: ConferenceAnswer): XmlElement {
  return xml(
    'conference',
    {
      xmlns: NS_FOCUS,
      room: answer.room,
      ready: answer.isReady,
      focusjid: answer.focusJid,
      identity: answer.identity,
      'session-id': answer.sessionId,
    },
    encodeProperties(answer.properties),
  );
}

function roomOf(element: XmlElement): string {
  const room = parseJid(requiredAttribute(element, 'room', TEXT));
  if (room.local === undefined || room.resource !== undefined) {
    throw new DecodeError('bad-format', 'a room has an address of the form name@host');
  }
  return formatBareJid(room);
}

function decodeProperties(element: XmlElement): Readonly<Record<string, string>> {
  const properties = childElements(element, 'property').slice(0, MAX_PROPERTIES);
  // Object.fromEntries defines own properties, whatever the name is.
  return Object.fromEntries(properties.map(({ attrs }) => [attrs['name'] ?? '', attrs['value'] ?? '']));
}

function encodeProperties(properties: Readonly<Record<string, string>>): XmlElement[] {
  return Object.entries(properties).map(([name, value]) => xml('property', { xmlns: NS_FOCUS, name, value }));
}
