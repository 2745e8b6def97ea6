import { argumentNames, MessageSyntaxError, parseMessage } from './format-message.ts';

type Messages = Readonly<Record<string, string>>;

/** What a translation lacks or has too much against the reference, one line each. Empty when it is complete. */
export function languageProblems(reference: Messages, translation: Messages): string[] {
  const missing = Object.keys(reference).filter((key) => !Object.hasOwn(translation, key));
  const surplus = Object.keys(translation).filter((key) => !Object.hasOwn(reference, key));
  const problems = [...missing.map((key) => `missing: ${key}`), ...surplus.map((key) => `not in use: ${key}`)];
  for (const [key, message] of Object.entries(translation)) {
    const original = reference[key];
    if (original === undefined) continue;
    const problem = argumentProblem(original, message);
    if (problem) problems.push(`${key}: ${problem}`);
  }
  return problems;
}

function argumentProblem(original: string, message: string): string | undefined {
  try {
    const expected = [...argumentNames(parseMessage(original))].toSorted().join(', ');
    const found = [...argumentNames(parseMessage(message))].toSorted().join(', ');
    return expected === found ? undefined : `arguments {${found}} instead of {${expected}}`;
  } catch (error) {
    if (error instanceof MessageSyntaxError) return error.message;
    throw error;
  }
}
