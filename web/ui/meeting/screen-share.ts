export type ScreenCapture =
  | { readonly kind: 'ok'; readonly video: MediaStreamTrack; readonly audio?: MediaStreamTrack }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'blocked-by-system' }
  | { readonly kind: 'failed' };

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/** Lets the person choose a screen, window or tab, with its sound where the system can. */
export async function captureScreen(): Promise<ScreenCapture> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { max: 30 } },
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    if (!video) return { kind: 'failed' };
    // Text must stay sharp; the encoder then lowers the frame rate first.
    video.contentHint = 'detail';
    return { kind: 'ok', video, ...(audio ? { audio } : {}) };
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name !== 'NotAllowedError') return { kind: error.name === 'NotFoundError' ? 'cancelled' : 'failed' };
    return { kind: /system/iu.test(error.message) ? 'blocked-by-system' : 'cancelled' };
  }
}
