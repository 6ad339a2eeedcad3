/** Writes docs/openapi.json from the table of endpoints: `node bin/openapi.ts`. */
import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../lib/api/open-api.ts';

const file = new URL('../docs/openapi.json', import.meta.url);
await writeFile(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
