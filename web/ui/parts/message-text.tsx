import { textRuns } from '../meeting/links.ts';

/** What somebody wrote, its links made clickable. */
export function MessageText({ text }: { text: string }) {
  return (
    <p class="message-text" dir="auto">
      {textRuns(text).map((run, index) =>
        run.kind === 'link' ? (
          <a key={index} href={run.href} target="_blank" rel="noopener noreferrer">
            {run.text}
          </a>
        ) : (
          run.text
        ),
      )}
    </p>
  );
}
