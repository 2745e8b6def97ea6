import { plainPage } from '#runtime/plain-page.ts';

/** For what is no meeting; English, as the reasons are. */
export function refusalPage(reason: string): string {
  return plainPage({ language: 'en', heading: 'There is no meeting here', text: reason, start: 'Start page' });
}
