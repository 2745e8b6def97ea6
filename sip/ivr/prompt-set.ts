import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '#runtime/start-error.ts';
import { SAMPLE_RATE_HZ } from '../media/codec/audio-codec.ts';
import { DecodeError } from '../media/decode-error.ts';
import { decodeWav } from '../media/wav.ts';
import { PROMPT_NAMES, type Sound, TONE_NAMES } from './sound.ts';

const OWN_FOLDER = join(import.meta.dirname, 'prompts');
const MAX_SECONDS = 10;

/** Everything that callers may hear, in the languages in use. */
export class PromptSet {
  readonly #samples: ReadonlyMap<string, Int16Array>;

  /**
   * @param languages folders of prompts, such as `en`
   * @param promptsDir files that are taken instead of ours (`sip.dialIn.promptsDir`)
   * @throws StartError that names every file which is missing or cannot be played
   */
  static async load(languages: Iterable<string>, promptsDir?: string): Promise<PromptSet> {
    const wanted = [
      ...[...new Set(languages)].flatMap((language) => PROMPT_NAMES.map((name) => `${language}/${name}`)),
      ...TONE_NAMES.map((name) => `tones/${name}`),
    ];
    const folders = promptsDir === undefined ? [OWN_FOLDER] : [promptsDir, OWN_FOLDER];
    const loaded = await Promise.all(wanted.map(async (name) => [name, await loadPrompt(name, folders)] as const));
    const problems = loaded.flatMap(([, prompt]) => (typeof prompt === 'string' ? [prompt] : []));
    if (problems.length > 0) throw new StartError(problemText(problems));
    return new PromptSet(
      new Map(loaded.filter((entry): entry is [string, Int16Array] => typeof entry[1] !== 'string')),
    );
  }

  private constructor(samples: ReadonlyMap<string, Int16Array>) {
    this.#samples = samples;
  }

  /** 16 kHz, mono, 16 bit. @param language one of those loaded */
  samples(language: string, sound: Sound): Int16Array {
    const samples = this.#samples.get(`${language}/${sound}`) ?? this.#samples.get(`tones/${sound}`);
    if (samples === undefined) throw new Error(`no prompts were loaded for ${language}`);
    return samples;
  }
}

/** The samples of a prompt's file, or why it cannot be played: of another format, empty, too long. */
export function readPrompt(bytes: Uint8Array): Int16Array | string {
  try {
    const samples = decodeWav(bytes);
    if (samples.length === 0) return 'the WAV file has no samples';
    const seconds = samples.length / SAMPLE_RATE_HZ;
    return seconds <= MAX_SECONDS
      ? samples
      : `it lasts ${seconds.toFixed(1)} s; prompts last ${MAX_SECONDS} s at most, since callers wait for their end`;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

/** The first of the folders that has the file says what it is: a broken one is not made good by ours. */
async function loadPrompt(name: string, folders: readonly string[]): Promise<Int16Array | string> {
  for (const folder of folders) {
    const path = join(folder, `${name}.wav`);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') continue;
      return `${path}: it cannot be read (${codeOf(cause)})`;
    }
    const prompt = readPrompt(bytes);
    return typeof prompt === 'string' ? `${path}: ${prompt}` : prompt;
  }
  return `${join(folders[0] ?? OWN_FOLDER, `${name}.wav`)}: it is missing`;
}

function problemText(problems: readonly string[]): string {
  return `These prompts for callers cannot be played:\n  ${problems.join('\n  ')}\nThey must be WAV files of 16 kHz, mono, 16 bit (sip/ivr/PROMPTS.md). Mend them, or change sip.dialIn.promptsDir and the languages of sip.`;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
