import { useEffect, useRef } from 'preact/hooks';
import { LevelMeter, type LevelReading } from '../devices/level.ts';
import { t } from '../i18n/messages.ts';

const BARS = 12;

interface LevelBarProps {
  track: MediaStreamTrack | undefined;
  onReading?: (reading: LevelReading) => void;
}

/** The microphone's level in twelve bars, driven outside the framework. */
export function LevelBar({ track, onReading }: LevelBarProps) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = bar.current;
    if (!element) return;
    const show = (level: number) => {
      element.style.setProperty('--lit', String(Math.round(level * BARS)));
      element.setAttribute('aria-valuenow', String(Math.round(level * 100)));
    };
    show(0);
    if (!track) return;
    const meter = new LevelMeter(track, (reading) => {
      show(reading.level);
      onReading?.(reading);
    });
    return () => meter.close();
  }, [track]);
  return (
    <div
      ref={bar}
      class="meter"
      role="meter"
      aria-label={t('devices.level')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      {Array.from({ length: BARS }, (_, index) => (
        <i key={index} style={{ '--n': index }} />
      ))}
    </div>
  );
}
