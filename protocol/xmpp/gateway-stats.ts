import { child, childElements, xml, type XmlElement } from './element.ts';

/** Jitsi's statistics of a service in its control room (wire note §7.11). */
const NS_COLIBRI = 'http://jitsi.org/protocol/colibri';
const MAX_STATS = 128;
const MAX_TEXT_LENGTH = 64;

/** What a telephone gateway says of itself in its control room. */
export interface GatewayStats {
  readonly conferences: number;
  /** Callers. */
  readonly participants: number;
  /** Takes no new calls. */
  readonly isShuttingDown: boolean;
  /** 0 (idle) … 1 (full). */
  readonly stressLevel: number;
  readonly region?: string;
  readonly version?: string;
  /** Whether it can call somebody. */
  readonly supportsSip: boolean;
}

export function encodeGatewayStats(stats: GatewayStats): XmlElement {
  const { conferences, participants, isShuttingDown, stressLevel, region, version, supportsSip } = stats;
  const values = {
    conferences,
    participants,
    graceful_shutdown: isShuttingDown,
    stress_level: stressLevel,
    region,
    version,
    supports_sip: supportsSip,
    supports_transcription: false,
  };
  return xml(
    'stats',
    { xmlns: NS_COLIBRI },
    Object.entries(values).map(([name, value]) => value !== undefined && xml('stat', { name, value })),
  );
}

/** What a presence of a control room says; undefined if it says nothing. What is missing or no number counts as busiest. */
export function readGatewayStats(presence: XmlElement): GatewayStats | undefined {
  const stats = child(presence, 'stats', NS_COLIBRI);
  if (stats === undefined) return undefined;
  const values = new Map(
    childElements(stats, 'stat')
      .slice(0, MAX_STATS)
      .map(({ attrs }) => [attrs['name'] ?? '', attrs['value'] ?? '']),
  );
  const region = values.get('region')?.slice(0, MAX_TEXT_LENGTH);
  const version = values.get('version')?.slice(0, MAX_TEXT_LENGTH);
  return {
    conferences: count(values.get('conferences')),
    participants: count(values.get('participants')),
    isShuttingDown: values.get('graceful_shutdown') === 'true',
    stressLevel: Math.min(1, Math.max(0, decimal(values.get('stress_level')) ?? 1)),
    ...(region === undefined ? {} : { region }),
    ...(version === undefined ? {} : { version }),
    supportsSip: values.get('supports_sip') === 'true',
  };
}

function decimal(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}(?:\.\d{1,20})?$/.test(value) ? Number(value) : undefined;
}

function count(value: string | undefined): number {
  return Math.floor(decimal(value) ?? 0);
}
