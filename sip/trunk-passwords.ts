import { readSettingFile } from '#runtime/read-setting-file.ts';
import type { TrunkConfig } from './config.ts';

/** The trunks with the passwords that stand in files. @throws StartError for a file that cannot be read. */
export function withPasswords(trunks: readonly TrunkConfig[]): Promise<TrunkConfig[]> {
  return Promise.all(
    trunks.map(async (trunk) => {
      const { name, passwordFile } = trunk;
      if (passwordFile === undefined) return trunk;
      return { ...trunk, password: await readSettingFile(passwordFile, `passwordFile of ${name} in sip.trunks`) };
    }),
  );
}
