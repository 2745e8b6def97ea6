import { z } from 'zod';

/** One environment variable that sets one key of the configuration. */
export interface EnvironmentVariable {
  /** `PARLEY_HTTP_PORT` */
  readonly name: string;
  /** `['http', 'port']` */
  readonly path: readonly string[];
  readonly description: string | undefined;
  /** Also read from the file that `<name>_FILE` names; schemas mark secrets with `.meta({ secret: true })`. */
  readonly isSecret: boolean;
  /** Text → the value that the schema expects; what does not fit stays text, and the schema says what is wrong. */
  readonly read: (text: string) => unknown;
}

/**
 * The variables of a schema: the key's path in upper snake case (`turn.peers.allow` → `PARLEY_TURN_PEERS_ALLOW`), lists
 * separated by commas. Keys whose value is a list of objects or a map have no variable.
 * @throws Error where two keys would share a variable; a test shows that none do.
 */
export function environmentVariables(schema: z.ZodType): ReadonlyMap<string, EnvironmentVariable> {
  const variables = new Map<string, EnvironmentVariable>();
  collect(schema, [], undefined, variables);
  return variables;
}

export function variableName(path: readonly string[]): string {
  return `PARLEY_${path.map((key) => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()).join('_')}`;
}

function collect(
  schema: z.ZodType,
  path: readonly string[],
  outerDescription: string | undefined,
  into: Map<string, EnvironmentVariable>,
): void {
  const description = schema.description ?? outerDescription;
  const isSecret = schema.meta()?.['secret'] === true;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    for (const [key, value] of Object.entries(inner.shape)) {
      if (value instanceof z.ZodType) collect(value, [...path, key], undefined, into);
    }
    return;
  }
  const read = reader(inner);
  if (read === undefined) return;
  const name = variableName(path);
  if (into.has(name)) throw new Error(`two keys of the configuration share the variable ${name}`);
  into.set(name, {
    name,
    path,
    description: description ?? inner.description,
    isSecret: isSecret || inner.meta()?.['secret'] === true,
    read,
  });
}

function unwrap(schema: z.ZodType): z.ZodType {
  let inner: unknown = schema;
  for (;;) {
    if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodReadonly
    ) {
      inner = inner.def.innerType;
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.def.in;
    } else {
      return inner as z.ZodType;
    }
  }
}

function reader(schema: z.ZodType): ((text: string) => unknown) | undefined {
  if (schema instanceof z.ZodNumber) return readNumber;
  if (schema instanceof z.ZodBoolean) return readBoolean;
  if (schema instanceof z.ZodArray) {
    const element = reader(unwrap(schema.def.element as z.ZodType));
    if (element === undefined) return undefined;
    return (text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map(element);
  }
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord || schema instanceof z.ZodTuple) return undefined;
  return (text) => text;
}

function readNumber(text: string): unknown {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

function readBoolean(text: string): unknown {
  const lower = text.trim().toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(lower)) return true;
  if (['false', 'no', 'off', '0'].includes(lower)) return false;
  return text;
}
