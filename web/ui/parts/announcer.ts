export type Urgency = 'polite' | 'assertive';

let regions: Record<Urgency, HTMLElement> | undefined;
const queues: Record<Urgency, string[]> = { polite: [], assertive: [] };
const busy: Record<Urgency, boolean> = { polite: false, assertive: false };
/** Time between two messages, so that a screen reader takes each as a change of its own. */
const SPACING_MS = 600;

/** Puts the two live regions into the page. They must exist before the first message. */
export function installAnnouncer(parent: HTMLElement): void {
  const region = (urgency: Urgency) => {
    const element = document.createElement('div');
    element.className = 'visually-hidden';
    element.setAttribute('aria-live', urgency);
    element.setAttribute('aria-atomic', 'true');
    if (urgency === 'polite') element.setAttribute('role', 'status');
    parent.append(element);
    return element;
  };
  regions = { polite: region('polite'), assertive: region('assertive') };
}

/** Speaks a sentence to screen readers without moving focus. */
export function announce(text: string, urgency: Urgency = 'polite'): void {
  queues[urgency].push(text);
  if (!busy[urgency]) speakNext(urgency);
}

function speakNext(urgency: Urgency): void {
  const text = queues[urgency].shift();
  busy[urgency] = text !== undefined;
  if (text === undefined || !regions) return;
  const region = regions[urgency];
  region.textContent = '';
  // An empty moment first: the same sentence twice is then spoken twice.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
  setTimeout(() => speakNext(urgency), SPACING_MS);
}
