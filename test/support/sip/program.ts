import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program lies, or undefined; those for administrators are off an ordinary user's path. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false; // not in this folder
      }
    });
}

/** What a test that needs a program is called where there is none, and said once. */
export function skipReason(name: string, debianPackage: string): string {
  if (programPath(name) !== undefined) return '';
  const reason = ` (skipped: there is no ${name}; install Debian's ${debianPackage})`;
  console.warn(`with ${name}${reason}`);
  return reason;
}
