import type { MediaKind, Source } from '#protocol/media/source.ts';
import type { JingleContent, SessionAccept, SourceChange, TransportInfo } from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import { describeSentSources } from '#protocol/xmpp/jingle-sources.ts';
import type { Answer } from './read-answer.ts';

export interface SessionIds {
  readonly sid: string;
  /** As the offer had it. */
  readonly initiator: string;
  /** Own full JID. */
  readonly responder: string;
}

const KINDS: readonly MediaKind[] = ['audio', 'video'];

/**
 * The browser's answer as session-accept (wire note §5.4): one content per kind whatever the number of m-sections, with
 * all sources of that kind in it; no candidates, the bridge learns our address from our checks.
 */
export function writeSessionAccept(answer: Answer, sources: readonly Source[], ids: SessionIds): SessionAccept {
  const contents = KINDS.flatMap((kind): JingleContent[] => {
    const section = answer.sections.find((one) => one.kind === kind && !one.isRejected);
    if (section === undefined) return [];
    const { payloadTypes, headerExtensions, extmapAllowMixed } = section;
    return [
      {
        creator: 'responder',
        name: kind,
        senders: 'both',
        description: {
          media: kind,
          payloadTypes,
          feedback: [],
          headerExtensions,
          extmapAllowMixed,
          rtcpMux: true,
          ...describeSentSources(sources, kind),
        },
        transport: {
          credentials: answer.ice,
          fingerprint: answer.fingerprint,
          candidates: [],
          webSocketUrls: [],
          rtcpMux: true,
          iceLite: false,
        },
      },
    ];
  });
  const group = { semantics: 'BUNDLE', contents: contents.map(({ name }) => name) };
  return { action: 'session-accept', ...ids, contents, group };
}

/** Our new ICE credentials after a restart in place (wire note §5.10). */
export function writeIceRestart({ ice }: Answer, iceGeneration: number, { sid, initiator }: SessionIds): TransportInfo {
  const transport = {
    credentials: ice,
    candidates: [],
    webSocketUrls: [],
    rtcpMux: true,
    iceLite: false,
    iceGeneration,
  };
  return { action: 'transport-info', sid, initiator, contents: [{ creator: 'initiator', name: 'audio', transport }] };
}

/** source-add for sources that begin after the session (wire note §5.5). */
export function writeSourceAdd(sources: readonly Source[], { sid, initiator }: SessionIds): SourceChange {
  const contents = KINDS.flatMap((kind): JingleContent[] => {
    const described = describeSentSources(sources, kind);
    if (described.ssrcs.length === 0) return [];
    return [{ creator: 'responder', name: kind, description: sourceDescription(kind, described) }];
  });
  return { action: 'source-add', sid, initiator, contents };
}
