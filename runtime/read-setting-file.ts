import { readFile } from 'node:fs/promises';
import { StartError } from './start-error.ts';

/**
 * What the file holds that a setting names, without spaces and newlines around it.
 * @param setting as the operator finds it: `adminTokenFile of example.org in matrix.homeservers`
 * @throws StartError for a file that cannot be read.
 */
export async function readSettingFile(file: string, setting: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new StartError(`The file ${file} cannot be read (${code}). Check ${setting}.`, { cause });
  }
}
