export type TextRun =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

const LINK = /https?:\/\/[^\s<>"]+/giu;
/** Ends a sentence rather than a link. */
const TRAILING = /[.,;:!?'’”»]+$/u;

/** Splits a message into text and links. Only http and https become links; everything else stays text. */
export function textRuns(message: string): readonly TextRun[] {
  const runs: TextRun[] = [];
  let end = 0;
  const addText = (text: string) => {
    if (text !== '') runs.push({ kind: 'text', text });
  };
  for (const match of message.matchAll(LINK)) {
    const href = withoutTail(match[0]);
    if (!URL.canParse(href)) continue;
    addText(message.slice(end, match.index));
    runs.push({ kind: 'link', text: href.replace(/^https?:\/\//iu, ''), href });
    end = match.index + href.length;
  }
  addText(message.slice(end));
  return runs;
}

function withoutTail(link: string): string {
  const cut = link.replace(TRAILING, '');
  const hasOpen = cut.includes('(');
  return !hasOpen && cut.endsWith(')') ? withoutTail(cut.slice(0, -1)) : cut;
}
