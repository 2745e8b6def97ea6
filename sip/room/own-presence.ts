import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { nickElement } from '#protocol/xmpp/lobby.ts';
import { oneLine } from '#protocol/xmpp/display-name.ts';
import { NS_MUC } from '#protocol/xmpp/muc.ts';
import { hostMark } from '#protocol/xmpp/telephone-host.ts';
import { capsElement, FEATURE_TELEPHONE } from './features.ts';

/** UTF-16 code units of a caller's name (§8 of the gateway's specification). */
const MAX_NAME_LENGTH = 64;
const MAX_STATUS_LENGTH = 128;

/** What a caller is to the others in the room. */
export interface CallerPresence {
  readonly displayName: string;
  readonly sourceName: string;
  readonly isMuted: boolean;
  readonly handRaisedAtMs: number | undefined;
  /** Where an outgoing call stands, for people to read. */
  readonly status: string | undefined;
  readonly isOnHold: boolean;
  readonly region: string | undefined;
  /** What the trunk said of the call, as far as the configuration lets it through. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A name as a trunk delivers it: one line without what cannot be seen, bounded. */
export function callerName(name: string): string {
  return oneLine(name.slice(0, MAX_NAME_LENGTH));
}

/**
 * Every presence says everything (wire note §4.1).
 * @param join present in the presence that enters the room
 */
export function callerPresence(
  to: string,
  caller: CallerPresence,
  join?: { readonly password: string | undefined; readonly isHost: boolean },
): XmlElement {
  const { sourceName, isMuted, handRaisedAtMs, status, isOnHold, region, headers } = caller;
  return xml(
    'presence',
    { to },
    join !== undefined &&
      xml(
        'x',
        { xmlns: NS_MUC },
        join.password !== undefined && xml('password', {}, join.password),
        join.isHost && hostMark,
      ),
    capsElement,
    xml('features', {}, xml('feature', { var: FEATURE_TELEPHONE })),
    nickElement(callerName(caller.displayName)),
    xml('SourceInfo', {}, JSON.stringify({ [sourceName]: { muted: isMuted } })),
    // For clients of the time before SourceInfo.
    xml('audiomuted', {}, String(isMuted)),
    status !== undefined && xml('status', {}, oneLine(status.slice(0, MAX_STATUS_LENGTH))),
    region !== undefined && xml('jitsi_participant_region', {}, region),
    handRaisedAtMs !== undefined && xml('jitsi_participant_raisedHand', {}, handRaisedAtMs),
    isOnHold && xml('jitsi_participant_on_hold', {}, 'true'),
    xml(
      'initiator',
      { xmlns: FEATURE_TELEPHONE },
      [...headers].map(([name, value]) => xml('header', { name, value: oneLine(value.slice(0, MAX_STATUS_LENGTH)) })),
    ),
  );
}
