import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StartError } from './start-error.ts';

const secret = z.string().min(32);
const secretsFile = z.strictObject({
  /** Signs what services of one installation tell each other (accounts of sip and recorder). */
  internalKey: secret,
  /** TURN REST credentials, shared by signalling and turn (and Matrix homeservers). */
  turnSecret: secret,
  /** Room tokens of our own. */
  roomTokenKey: secret,
  /** TURN nonces. */
  nonceSecret: secret,
  /** Bearer token of the admin API. */
  adminToken: secret,
});

/** Generated once per installation; a configured value wins over one of these and is never copied here. */
export type Secrets = z.infer<typeof secretsFile>;

/**
 * Reads `<dataDir>/secrets.json`, or makes it (mode 600, in a directory of mode 700) on the first start.
 * Secrets that a newer version needs are added; existing ones are never changed.
 * @throws StartError when the directory or file cannot be used.
 */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, 'secrets.json');
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StartError(
      `The data directory ${dataDir} cannot be made (${codeOf(cause)}). Create it for this user, or set PARLEY_DATA_DIR to a directory that this user may write.`,
      { cause },
    );
  }
  const existing = await readExisting(path);
  const missing = Object.keys(secretsFile.shape).filter((name) => !Object.hasOwn(existing, name));
  const complete = { ...existing };
  for (const name of missing) complete[name] = randomBytes(32).toString('base64url');
  const parsed = secretsFile.safeParse(complete);
  if (!parsed.success) {
    throw new StartError(
      `The secrets in ${path} cannot be used:\n${z.prettifyError(parsed.error)}\nMend the file, or delete it to have new secrets made (TURN credentials given to others then stop working).`,
    );
  }
  if (missing.length > 0) await write(path, parsed.data);
  return parsed.data;
}

async function readExisting(path: string): Promise<Record<string, unknown>> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return {};
    throw new StartError(`${path} cannot be read (${codeOf(cause)}). It must belong to the user that runs Parley.`, {
      cause,
    });
  }
  // Others must not read it; a copy or restore from a backup may have widened the mode.
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(content));
  } catch (cause) {
    throw new StartError(
      `${path} is not a JSON object. Restore it from a backup, or delete it to have new secrets made.`,
      {
        cause,
      },
    );
  }
}

async function write(path: string, secrets: Secrets): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    throw new StartError(
      `${path} cannot be written (${codeOf(cause)}). ${codeOf(cause) === 'ENOSPC' ? 'The disk is full: free some space.' : 'Check the permissions of the data directory.'}`,
      { cause },
    );
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause);
}
