import type { ExternalApiOptions } from './external_api.d.ts';

/** Everything that the constructor was told, whichever way. */
export function readOptions(args: readonly unknown[]): ExternalApiOptions {
  const [first] = args;
  if (isOptions(first)) return { ...first };
  // The positional form of old embedders.
  const names = [
    'roomName',
    'width',
    'height',
    'parentNode',
    'configOverwrite',
    'interfaceConfigOverwrite',
    'jwt',
    'onload',
    'lang',
  ];
  return Object.fromEntries(
    names.map((name, index) => [name, args[index]] as const).filter(([, value]) => value !== undefined),
  );
}

function isOptions(value: unknown): value is ExternalApiOptions {
  return typeof value === 'object' && value !== null;
}
