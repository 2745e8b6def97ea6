import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StartError } from '#runtime/start-error.ts';
import { SPOKEN_LANGUAGES } from './prompt-texts.ts';
import { PromptSet, readPrompt } from './prompt-set.ts';
import { PROMPT_NAMES, TONE_NAMES } from './sound.ts';

let promptsDir: string;
beforeEach(async () => {
  promptsDir = await mkdtemp(join(tmpdir(), 'parley-prompts-'));
});
afterEach(() => rm(promptsDir, { recursive: true }));

async function put(name: string, content: Uint8Array): Promise<void> {
  const path = join(promptsDir, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
}

/** RIFF WAVE with a `fmt ` and a `data` chunk. */
function wav(samples: number, { rateHz = 16_000, channels = 1, bits = 16 } = {}): Buffer {
  const dataBytes = (samples * channels * bits) / 8;
  const file = Buffer.alloc(44 + dataBytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + dataBytes, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(rateHz, 24);
  file.writeUInt32LE((rateHz * channels * bits) / 8, 28);
  file.writeUInt16LE((channels * bits) / 8, 32);
  file.writeUInt16LE(bits, 34);
  file.write('data', 36);
  file.writeUInt32LE(dataBytes, 40);
  return file;
}

async function problemsOf(loading: Promise<PromptSet>): Promise<string> {
  const error: unknown = await loading.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(StartError);
  return (error as StartError).message;
}

describe('the committed prompts', () => {
  test('are all there in every language, and speak', async () => {
    const prompts = await PromptSet.load(SPOKEN_LANGUAGES);
    for (const language of SPOKEN_LANGUAGES) {
      for (const name of [...PROMPT_NAMES, ...TONE_NAMES]) {
        const samples = prompts.samples(language, name);
        expect(samples.length, `${language}/${name}`).toBeGreaterThan(0.2 * 16_000);
        expect(Math.max(...samples.subarray(0, 60_000)), `${language}/${name}`).toBeGreaterThan(3_000);
      }
    }
  });

  test('differ from language to language, the tones do not', async () => {
    const prompts = await PromptSet.load(SPOKEN_LANGUAGES);
    expect(prompts.samples('en', 'welcome')).not.toEqual(prompts.samples('el', 'welcome'));
    expect(prompts.samples('en', 'tone-join')).toBe(prompts.samples('el', 'tone-join'));
  });
});

describe('prompts of the operator', () => {
  test('are played instead of ours, which stay where there are none', async () => {
    await put('en/welcome.wav', wav(4_000));
    const prompts = await PromptSet.load(['en'], promptsDir);
    expect(prompts.samples('en', 'welcome').length).toBe(4_000);
    expect(prompts.samples('en', 'goodbye').length).not.toBe(4_000);
  });

  test('of a further language are needed one and all', async () => {
    const message = await problemsOf(PromptSet.load(['fr'], promptsDir));
    for (const name of PROMPT_NAMES) expect(message).toContain(`${join(promptsDir, 'fr', name)}.wav: it is missing`);
  });

  test('that cannot be played stop the start, all named together', async () => {
    await put('en/welcome.wav', await readFile(import.meta.filename));
    await put('en/goodbye.wav', wav(8_000, { rateHz: 8_000 }));
    await mkdir(join(promptsDir, 'en/error.wav'));
    const message = await problemsOf(PromptSet.load(['en'], promptsDir));
    expect(message).toContain('welcome.wav: not a WAV file');
    expect(message).toContain('goodbye.wav: the WAV file has 8000 Hz');
    expect(message).toContain('error.wav: it cannot be read (EISDIR)');
    expect(message).toContain('sip.dialIn.promptsDir');
  });
});

describe('a file', () => {
  test('of ten seconds is a prompt, one sample more is none', () => {
    expect(readPrompt(wav(160_000))).toHaveLength(160_000);
    expect(readPrompt(wav(160_001))).toMatch(/^it lasts 10\.0 s/);
  });

  test.each([
    ['stereo', wav(100, { channels: 2 }), /2 channel/],
    ['of 8 bit', wav(100, { bits: 8 }), /8 bit/],
    ['without samples', wav(0), /no samples/],
    ['that is empty', Buffer.alloc(0), /not a WAV file/],
    ['that is cut off', wav(100).subarray(0, 100), /cut off/],
  ])('%s is none', (_, bytes, problem) => {
    expect(readPrompt(bytes)).toMatch(problem);
  });
});
