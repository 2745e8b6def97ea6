import { readFile } from 'node:fs/promises';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { environmentVariables, type EnvironmentVariable } from './config-environment.ts';
import { StartError } from './start-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where configuration comes from; the environment wins over the file, both over the schema's defaults. */
export interface ConfigSources {
  /** `--config` or PARLEY_CONFIG. Undefined: `parley.yaml` in the working directory, if there is one. */
  readonly file: string | undefined;
  readonly environment: Environment;
}

const DEFAULT_FILE = 'parley.yaml';
/** Variables that are read before or besides the configuration. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set(['PARLEY_CONFIG', 'PARLEY_CACHE_DIR']);

/**
 * Reads the configuration once, for all services.
 * @throws StartError that lists every mistake with its place and remedy.
 */
export async function loadConfig<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodObject<Shape>,
  { file, environment }: ConfigSources,
): Promise<z.output<z.ZodObject<Shape>>> {
  const mistakes: string[] = [];
  const variables = environmentVariables(schema);
  const values = await readFileValues(file, mistakes);
  const origins = await applyEnvironment(values, variables, environment, mistakes);
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    mistakes.push(...parsed.error.issues.flatMap((issue) => describe(issue, origins, variables, file ?? DEFAULT_FILE)));
  }
  if (!parsed.success || mistakes.length > 0) {
    const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
    throw new StartError(`The configuration has ${count}:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
  }
  return parsed.data;
}

type Values = Record<string, unknown>;

async function readFileValues(file: string | undefined, mistakes: string[]): Promise<Values> {
  const path = file ?? DEFAULT_FILE;
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' && file === undefined) return {};
    mistakes.push(`${path} cannot be read (${code}). Give --config or PARLEY_CONFIG the path of a file that exists.`);
    return {};
  }
  try {
    const value: unknown = parseYaml(content, { maxAliasCount: 32 });
    if (value === null || value === undefined) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Values;
    mistakes.push(`${path}: the top of the file must be keys with values, such as "publicUrl: https://meet.example".`);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    mistakes.push(`${path} is not valid YAML: ${error.message.split('\n')[0]}`);
  }
  return {};
}

/** Lays the environment over the file's values. @returns path → name of the variable that set it. */
async function applyEnvironment(
  values: Values,
  variables: ReadonlyMap<string, EnvironmentVariable>,
  environment: Environment,
  mistakes: string[],
): Promise<ReadonlyMap<string, string>> {
  const origins = new Map<string, string>();
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('PARLEY_') || OTHER_VARIABLES.has(name) || text === undefined || text === '') continue;
    const fromFile = name.endsWith('_FILE') ? variables.get(name.slice(0, -'_FILE'.length)) : undefined;
    const variable = variables.get(name) ?? (fromFile?.isSecret === true ? fromFile : undefined);
    if (variable === undefined) {
      const near = nearest(name, variables.keys());
      mistakes.push(`${name} is no setting of Parley.${near === undefined ? '' : ` Did you mean ${near}?`}`);
      continue;
    }
    let value = text;
    if (!variables.has(name)) {
      try {
        value = (await readFile(text, 'utf8')).trimEnd();
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        mistakes.push(`${name}: the file ${text} cannot be read (${code}).`);
        continue;
      }
    }
    setAt(values, variable.path, variable.read(value));
    origins.set(variable.path.join('.'), name);
  }
  return origins;
}

function setAt(values: Values, path: readonly string[], value: unknown): void {
  let at = values;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    if (typeof next === 'object' && next !== null && !Array.isArray(next)) at = next as Values;
    else at = at[key] = {};
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}

function describe(
  issue: z.core.$ZodIssue,
  origins: ReadonlyMap<string, string>,
  variables: ReadonlyMap<string, EnvironmentVariable>,
  file: string,
): string[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const full = path === '' ? key : `${path}.${key}`;
      const near = nearest(
        full,
        [...variables.values()].map((variable) => variable.path.join('.')),
      );
      return `${file}: "${full}" is no setting of Parley.${near === undefined ? '' : ` Did you mean "${near}"?`}`;
    });
  }
  // A list's entry (media.address.0) came from the list's variable.
  const settingPath = [...origins.keys()].find((key) => path === key || path.startsWith(`${key}.`)) ?? path;
  const variable = [...variables.values()].find((candidate) => candidate.path.join('.') === settingPath);
  const place = origins.get(settingPath) ?? `${file}: ${path}`;
  const meaning = variable?.description === undefined ? '' : ` (${variable.description})`;
  return [`${place}: ${issue.message}${meaning}`];
}

/** The candidate that differs in the fewest letters, if it is close enough to be a slip of the pen. */
function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
