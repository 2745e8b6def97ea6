import {
  atMost,
  booleanAttribute,
  optionalAttribute,
  optionalIntegerAttribute,
  requiredAttribute,
} from './attributes.ts';
import { DecodeError } from './decode-error.ts';
import { child, childElements, childText, text, xml, type XmlElement } from './element.ts';
import { decodeIceUdpTransport, encodeIceUdpTransport, NS_ICE_UDP, type IceUdpTransport } from './jingle-ice-udp.ts';
import {
  decodeRtpDescription,
  encodeRtpDescription,
  NS_JINGLE_RTP,
  NS_JITMEET,
  type RtpDescription,
} from './jingle-rtp.ts';
import { decodeRawUdpTransport, encodeRawUdpTransport, NS_RAW_UDP, type RawUdpTransport } from './jingle-raw-udp.ts';
import { startMutedElement, type StartMutedPolicy } from './start-muted.ts';
import { decodeJsonSources, encodeJsonSources, type OwnedSources } from './json-sources.ts';

/** XEP-0166: Jingle. Codec for the part that a meeting with a bridge uses (wire note §5). */
export const NS_JINGLE = 'urn:xmpp:jingle:1';
/** XEP-0166 §10: conditions inside stanza errors. */
export const NS_JINGLE_ERRORS = 'urn:xmpp:jingle:errors:1';
/** XEP-0338: grouping of contents. */
const NS_GROUPING = 'urn:xmpp:jingle:apps:grouping:0';
/** Jitsi's conference protocol, here the id of a bridge session. */
export const NS_FOCUS = 'http://jitsi.org/protocol/focus';
const NS_COLIBRI2 = 'jitsi:colibri2';

const MAX_CONTENTS = 16;
/** XEP-0166 §7.2; ids are opaque. */
const SESSION_ID = /^[\x21-\x7e]{1,128}$/;
const ADDRESS = /^[^\p{Cc}]{1,3071}$/u;
const CONTENT_NAME = /^[\w.-]{1,64}$/;
const ELEMENT_NAME = /^[a-z][a-z0-9-]{0,63}$/;
const BRIDGE_SESSION_ID = /^[\x21-\x7e]{1,128}$/;
const SEMANTICS = /^[A-Z0-9-]{1,16}$/;
const MAX_REASON_TEXT = 1_024;

export type ContentCreator = 'initiator' | 'responder';
export type ContentSenders = 'initiator' | 'responder' | 'both' | 'none' | 'rejected';

/** One `<content/>`. */
export interface JingleContent {
  readonly creator: ContentCreator;
  readonly name: string;
  readonly senders?: ContentSenders;
  readonly description?: RtpDescription;
  readonly transport?: IceUdpTransport;
  /** Instead of the other one: the telephone gateway's. */
  readonly rawUdp?: RawUdpTransport;
  /** Jitsi: how many video sources to forward at first. */
  readonly initialLastN?: number;
}

/** `<group/>`: contents that share one transport (RFC 9143) when the semantics are BUNDLE. */
export interface ContentGroup {
  readonly semantics: string;
  readonly contents: readonly string[];
}

/** The focus gives each session on a bridge an id; clients echo it in requests about that session. */
export interface BridgeSession {
  readonly id: string;
  readonly region?: string;
  /** In session-terminate: a new session is wanted. */
  readonly restart: boolean;
  /** In session-info: new ICE credentials are wanted in place. */
  readonly iceRestart: boolean;
}

/** XEP-0166 §7.4 */
export interface JingleReason {
  readonly condition: string;
  readonly text?: string;
}

interface JingleBase {
  readonly sid: string;
  readonly initiator?: string;
  readonly responder?: string;
}

interface JingleNegotiation extends JingleBase {
  readonly contents: readonly JingleContent[];
  readonly group?: ContentGroup;
  /** Present only on what the focus sends. */
  readonly bridgeSession?: BridgeSession;
  /** Sources in Jitsi's JSON form, in addition to those of the contents. */
  readonly jsonSources?: readonly OwnedSources[];
}

export interface SessionInitiate extends JingleNegotiation {
  readonly action: 'session-initiate';
  /** Jitsi: how the client is to start; written only. */
  readonly startMuted?: StartMutedPolicy;
}
export interface SessionAccept extends JingleNegotiation {
  readonly action: 'session-accept';
}
export interface SourceChange extends JingleBase {
  readonly action: 'source-add' | 'source-remove';
  readonly contents: readonly JingleContent[];
  readonly jsonSources?: readonly OwnedSources[];
}
export interface TransportInfo extends JingleBase {
  readonly action: 'transport-info';
  readonly contents: readonly JingleContent[];
}
export interface SessionTerminate extends JingleBase {
  readonly action: 'session-terminate';
  readonly reason?: JingleReason;
  readonly bridgeSession?: BridgeSession;
}
export interface SessionInfo extends JingleBase {
  readonly action: 'session-info';
  /** Old clients' report, e.g. `failed`. */
  readonly iceState?: string;
  readonly bridgeSession?: BridgeSession;
}

export type Jingle = SessionInitiate | SessionAccept | SourceChange | TransportInfo | SessionTerminate | SessionInfo;
export type JingleAction = Jingle['action'];

const ACTIONS: ReadonlySet<string> = new Set<JingleAction>([
  'session-initiate',
  'session-accept',
  'source-add',
  'source-remove',
  'transport-info',
  'session-terminate',
  'session-info',
]);

/** What is needed to find a session, or to decline one whose content is of no interest. */
export interface JingleHeader {
  /** As sent; see {@link isJingleAction}. */
  readonly action: string;
  readonly sid: string;
}

/** The `<jingle/>` of an IQ, or undefined if it is about something else. */
export function jingleOf(iq: XmlElement): XmlElement | undefined {
  return child(iq, 'jingle', NS_JINGLE);
}

/** @throws DecodeError when action or sid are missing. */
export function decodeJingleHeader(element: XmlElement): JingleHeader {
  return {
    action: requiredAttribute(element, 'action', ELEMENT_NAME),
    sid: requiredAttribute(element, 'sid', SESSION_ID),
  };
}

/** False for actions of XEP-0166 that this codec does not read (answer: feature-not-implemented). */
export function isJingleAction(action: string): action is JingleAction {
  return ACTIONS.has(action);
}

/**
 * Reads a `<jingle/>`.
 * @throws DecodeError for what is malformed, exceeds a bound or has an action that {@link isJingleAction} does not know.
 */
export function decodeJingle(element: XmlElement): Jingle {
  const { action, sid } = decodeJingleHeader(element);
  if (!isJingleAction(action)) throw new DecodeError('bad-format', `the action ${action} is not supported`);
  const initiator = optionalAttribute(element, 'initiator', ADDRESS);
  const responder = optionalAttribute(element, 'responder', ADDRESS);
  const base = {
    sid,
    ...(initiator === undefined ? {} : { initiator }),
    ...(responder === undefined ? {} : { responder }),
  };
  switch (action) {
    case 'session-initiate':
    case 'session-accept':
      return { action, ...base, ...decodeContents(element), ...decodeGroup(element), ...decodeBridgeSession(element) };
    case 'source-add':
    case 'source-remove':
      return { action, ...base, ...decodeContents(element) };
    case 'transport-info':
      return { action, ...base, contents: decodeContents(element).contents };
    case 'session-terminate':
      return { action, ...base, ...decodeReason(element), ...decodeBridgeSession(element) };
    case 'session-info': {
      const iceState = childText(element, 'ice-state', NS_FOCUS)?.trim().slice(0, 64);
      return { action, ...base, ...(iceState === undefined ? {} : { iceState }), ...decodeBridgeSession(element) };
    }
  }
}

/** Writes a `<jingle/>`; every namespace stands literally on its element (wire note, rule 1). */
export function encodeJingle(jingle: Jingle): XmlElement {
  const { action, initiator, responder, sid } = jingle;
  const contents = 'contents' in jingle ? jingle.contents : [];
  return xml(
    'jingle',
    { xmlns: NS_JINGLE, action, initiator, responder, sid },
    contents.map(encodeContent),
    'group' in jingle && jingle.group !== undefined && encodeGroup(jingle.group),
    'reason' in jingle && jingle.reason !== undefined && encodeReason(jingle.reason),
    'iceState' in jingle && jingle.iceState !== undefined && xml('ice-state', { xmlns: NS_FOCUS }, jingle.iceState),
    'bridgeSession' in jingle && jingle.bridgeSession !== undefined && encodeBridgeSession(jingle.bridgeSession),
    'jsonSources' in jingle && jingle.jsonSources !== undefined && encodeJsonSources(jingle.jsonSources),
    'startMuted' in jingle && jingle.startMuted !== undefined && startMutedElement(jingle.startMuted),
  );
}

function decodeContents(element: XmlElement): {
  readonly contents: readonly JingleContent[];
  readonly jsonSources?: readonly OwnedSources[];
} {
  const contents = atMost(MAX_CONTENTS, 'contents', childElements(element, 'content')).map(decodeContent);
  const json = child(element, 'json-message', NS_JITMEET);
  const jsonSources = json === undefined ? undefined : decodeJsonSources(json);
  return { contents, ...(jsonSources === undefined ? {} : { jsonSources }) };
}

function decodeContent(element: XmlElement): JingleContent {
  const creator = element.attrs['creator'];
  const senders = element.attrs['senders'];
  const description = child(element, 'description', NS_JINGLE_RTP);
  const transport = child(element, 'transport', NS_ICE_UDP);
  const rawUdp = child(element, 'transport', NS_RAW_UDP);
  const lastN = child(element, 'initial-last-n', NS_COLIBRI2);
  const rtp = description === undefined ? undefined : decodeRtpDescription(description);
  const initialLastN = lastN === undefined ? undefined : optionalIntegerAttribute(lastN, 'value', 0, 10_000);
  if (senders !== undefined && !isSenders(senders)) throw new DecodeError('bad-format', 'unknown senders of a content');
  return {
    // Jitsi's clients leave the attribute out in source-add; such contents are the initiator's.
    creator: creator === 'responder' ? 'responder' : 'initiator',
    name: requiredAttribute(element, 'name', CONTENT_NAME),
    ...(senders === undefined ? {} : { senders }),
    ...(rtp === undefined ? {} : { description: rtp }),
    ...(transport === undefined ? {} : { transport: decodeIceUdpTransport(transport) }),
    ...(rawUdp === undefined ? {} : { rawUdp: decodeRawUdpTransport(rawUdp) }),
    ...(initialLastN === undefined ? {} : { initialLastN }),
  };
}

function isSenders(value: string): value is ContentSenders {
  return ['initiator', 'responder', 'both', 'none', 'rejected'].includes(value);
}

function encodeContent(content: JingleContent): XmlElement {
  return xml(
    'content',
    { creator: content.creator, name: content.name, senders: content.senders },
    content.initialLastN !== undefined && xml('initial-last-n', { xmlns: NS_COLIBRI2, value: content.initialLastN }),
    content.description !== undefined && encodeRtpDescription(content.description),
    content.transport !== undefined && encodeIceUdpTransport(content.transport),
    content.rawUdp !== undefined && encodeRawUdpTransport(content.rawUdp),
  );
}

function decodeGroup(element: XmlElement): { readonly group?: ContentGroup } {
  const group = child(element, 'group', NS_GROUPING);
  if (group === undefined) return {};
  const contents = atMost(MAX_CONTENTS, 'contents in a group', childElements(group, 'content'));
  return {
    group: {
      semantics: requiredAttribute(group, 'semantics', SEMANTICS),
      contents: contents.map((content) => requiredAttribute(content, 'name', CONTENT_NAME)),
    },
  };
}

function encodeGroup({ semantics, contents }: ContentGroup): XmlElement {
  return xml(
    'group',
    { xmlns: NS_GROUPING, semantics },
    contents.map((name) => xml('content', { name })),
  );
}

function decodeReason(element: XmlElement): { readonly reason?: JingleReason } {
  const reason = child(element, 'reason');
  const condition = reason === undefined ? undefined : childElements(reason).find(({ name }) => name !== 'text');
  if (reason === undefined || condition === undefined) return {};
  if (!ELEMENT_NAME.test(condition.name)) throw new DecodeError('bad-format', 'not a reason of XEP-0166');
  const explanation = child(reason, 'text');
  return {
    reason: {
      condition: condition.name,
      ...(explanation === undefined ? {} : { text: text(explanation).slice(0, MAX_REASON_TEXT) }),
    },
  };
}

function encodeReason({ condition, text: explanation }: JingleReason): XmlElement {
  return xml('reason', {}, xml(condition), explanation !== undefined && xml('text', {}, explanation));
}

function decodeBridgeSession(element: XmlElement): { readonly bridgeSession?: BridgeSession } {
  const session = child(element, 'bridge-session', NS_FOCUS);
  if (session === undefined) return {};
  const region = optionalAttribute(session, 'region', BRIDGE_SESSION_ID);
  return {
    bridgeSession: {
      id: requiredAttribute(session, 'id', BRIDGE_SESSION_ID),
      ...(region === undefined ? {} : { region }),
      restart: booleanAttribute(session, 'restart'),
      iceRestart: booleanAttribute(session, 'ice-restart'),
    },
  };
}

function encodeBridgeSession({ id, region, restart, iceRestart }: BridgeSession): XmlElement {
  return xml('bridge-session', {
    xmlns: NS_FOCUS,
    id,
    region,
    restart: restart ? true : undefined,
    'ice-restart': iceRestart ? true : undefined,
  });
}
