export function canFullScreen(): boolean {
  return document.fullscreenEnabled;
}

/** Shows one element in full screen, or goes back. A refusal (iframe without permission) changes nothing. */
export async function toggleFullScreen(element: Element): Promise<void> {
  try {
    await (document.fullscreenElement ? document.exitFullscreen() : element.requestFullscreen());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
