import { useEffect, useRef } from 'preact/hooks';

/** The own camera, as a mirror unless switched off. */
export function VideoPreview({ track, isMirrored }: { track: MediaStreamTrack; isMirrored: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = new MediaStream([track]);
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return <video ref={video} class={isMirrored ? 'is-mirrored' : undefined} autoplay playsInline muted tabIndex={-1} />;
}
