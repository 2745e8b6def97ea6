/**
 * Values from outside as a tree without prototypes: what is asked for is the sender's own or undefined, whatever the names.
 */
export interface ValueTree {
  readonly [key: string]: unknown;
}

const FORBIDDEN = /^(?:__proto__|constructor|prototype)$/u;
const MAX_PAIRS = 500;
const MAX_DEPTH = 8;

/**
 * Reads the fragment of a meeting's link: `key=JSON` pairs joined by `&`. A dot in a key leads one level down, whether the
 * value is written as `config.a={"b":1}` or, as by hand, `config.a.b=1`; the deeper key wins. A value that is no JSON
 * (`undefined`, too) is as if it were not there.
 */
export function fragmentValues(fragment: string): ValueTree {
  const pairs = fragment.replace(/^#/u, '').split('&').slice(0, MAX_PAIRS);
  const entries = pairs.flatMap((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1) return [];
    const path = decode(pair.slice(0, equals))?.split('.') ?? [];
    const value = parseJson(decode(pair.slice(equals + 1)));
    const isUsable = value !== undefined && path.length > 0 && path.length <= MAX_DEPTH;
    return isUsable && !path.some((segment) => segment === '' || FORBIDDEN.test(segment)) ? [{ path, value }] : [];
  });
  const root = emptyTree();
  for (const { path, value } of entries.toSorted((a, b) => a.path.length - b.path.length)) put(root, path, value);
  return root;
}

/** The same for an object that is there already, as a command's argument. */
export function valueTree(value: unknown): ValueTree {
  const copy = safeCopy(value, 0);
  return isTree(copy) ? copy : emptyTree();
}

/** What lies below that key, or an empty tree. */
export function subtree(tree: ValueTree, key: string): ValueTree {
  const value = tree[key];
  return isTree(value) ? value : emptyTree();
}

type MutableTree = Record<string, unknown>;

function put(root: MutableTree, path: readonly string[], value: unknown): void {
  let tree = root;
  for (const segment of path.slice(0, -1)) {
    const next = tree[segment];
    tree = isTree(next) ? next : (tree[segment] = emptyTree());
  }
  const last = path.at(-1);
  if (last !== undefined) tree[last] = safeCopy(value, path.length);
}

function safeCopy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.slice(0, MAX_PAIRS).map((item) => safeCopy(item, depth + 1));
  const copy = emptyTree();
  for (const [key, field] of Object.entries(value).slice(0, MAX_PAIRS)) {
    if (!FORBIDDEN.test(key)) copy[key] = safeCopy(field, depth + 1);
  }
  return copy;
}

function emptyTree(): MutableTree {
  return Object.create(null) as MutableTree;
}

function isTree(value: unknown): value is MutableTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // not percent-encoded text
  }
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
