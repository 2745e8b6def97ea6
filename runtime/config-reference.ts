import type { z } from 'zod';
import { environmentVariables } from './config-environment.ts';

/**
 * The reference of all settings as a Markdown table, generated from the schema so that it cannot disagree with it.
 * Settings without an environment variable (lists of objects) are described where their section is.
 */
export function configReference(schema: z.ZodType): string {
  const defaults = flatten(schema.parse({}));
  const rows = [...environmentVariables(schema).values()].map(({ name, path, description, isSecret }) => {
    const key = path.join('.');
    const value = defaults.get(key);
    const shown = value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `\`${format(value)}\``;
    const variable = isSecret ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``;
    return `| \`${key}\` | ${variable} | ${shown} | ${cell(description ?? '')} |`;
  });
  return ['| setting | variable | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function flatten(
  value: unknown,
  path: readonly string[] = [],
  into = new Map<string, unknown>(),
): Map<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) flatten(inner, [...path, key], into);
  } else {
    into.set(path.join('.'), value);
  }
  return into;
}

function format(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
