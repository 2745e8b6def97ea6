/** Writes docs/configuration.md from the schema; a test compares the two. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema } from '../config.ts';
import { configReference } from '../runtime/config-reference.ts';

const introduction = `# All settings

Generated from the schema (\`npm run docs:configuration\`). They stand in \`parley.yaml\`, in the working directory or where
\`--config\` or \`PARLEY_CONFIG\` says; environment variables win over the file. Lists are separated by commas in variables. Every
secret can also be read from the file that \`…_FILE\` names. \`PARLEY_CACHE_DIR\` (set-up's cache of built binaries) is read from
the environment only.
`;

writeFileSync(join(import.meta.dirname, 'configuration.md'), `${introduction}\n${configReference(configSchema)}\n`);
