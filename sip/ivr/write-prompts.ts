/**
 * Speaks all prompts anew (`npm run prompts`), with Debian's `espeak-ng` and `sox`. The files are committed: nobody needs
 * either program to run Parley. PROMPTS.md says more.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROMPT_TEXTS, type SpokenLanguage, SPOKEN_LANGUAGES } from './prompt-texts.ts';
import { PROMPT_NAMES, type ToneName } from './sound.ts';

const folder = join(import.meta.dirname, 'prompts');

/** espeak-ng's voice, and how many words a minute it speaks: fast enough for the impatient, slow enough for a phone. */
const VOICES: Readonly<Record<SpokenLanguage, readonly string[]>> = {
  en: ['-v', 'en-gb', '-s', '165', '-p', '45'],
  el: ['-v', 'el', '-s', '172', '-p', '45'],
};

/** Two notes up, two notes down, one soft note; each fades so that it does not click. */
const TONES: Readonly<Record<ToneName, readonly string[]>> = {
  'tone-join': [
    'synth',
    '0.12',
    'sine',
    '587',
    'fade',
    '0.01',
    '0.12',
    '0.03',
    ':',
    'synth',
    '0.16',
    'sine',
    '880',
    'fade',
    '0.01',
    '0.16',
    '0.06',
  ],
  'tone-leave': [
    'synth',
    '0.12',
    'sine',
    '587',
    'fade',
    '0.01',
    '0.12',
    '0.03',
    ':',
    'synth',
    '0.16',
    'sine',
    '392',
    'fade',
    '0.01',
    '0.16',
    '0.06',
  ],
  'tone-waiting': ['synth', '0.25', 'sine', '440', 'fade', '0.05', '0.25', '0.15'],
};

const FORMAT = ['-r', '16000', '-c', '1', '-b', '16', '-e', 'signed-integer'];
/** The same file each time: no dither, no random numbers. */
const SAME = ['-D', '-R'];
/** Silence at both ends goes, a breath of it stays; loud without clipping after a telephone's filter. */
const TRIM = [
  'silence',
  '1',
  '0.02',
  '0.4%',
  'reverse',
  'silence',
  '1',
  '0.02',
  '0.4%',
  'reverse',
  'pad',
  '0.05',
  '0.1',
];
const LOUD = ['gain', '-n', '-4'];

const scratch = mkdtempSync(join(tmpdir(), 'prompts-'));
try {
  for (const language of SPOKEN_LANGUAGES) {
    mkdirSync(join(folder, language), { recursive: true });
    for (const name of PROMPT_NAMES) {
      const spoken = join(scratch, 'spoken.wav');
      execFileSync('espeak-ng', [...VOICES[language], '-w', spoken, PROMPT_TEXTS[language][name]]);
      execFileSync('sox', [...SAME, spoken, ...FORMAT, join(folder, language, `${name}.wav`), ...TRIM, ...LOUD]);
    }
  }
  mkdirSync(join(folder, 'tones'), { recursive: true });
  for (const [name, notes] of Object.entries(TONES)) writeTone(name, notes);
} finally {
  rmSync(scratch, { recursive: true });
}

function writeTone(name: string, notes: readonly string[]): void {
  const parts = notes
    .join(' ')
    .split(' : ')
    .map((effects, index) => {
      const part = join(scratch, `${index}.wav`);
      execFileSync('sox', [...SAME, '-n', ...FORMAT, part, ...effects.split(' ')]);
      return part;
    });
  execFileSync('sox', [...SAME, ...parts, ...FORMAT, join(folder, 'tones', `${name}.wav`), 'gain', '-n', '-15']);
}
