/** Writes what the documents take from the schemas: docs/openapi.json, docs/pack.schema.json and the schemas in docs/events.md (`node bin/openapi.ts`). */
import { readFile, writeFile } from 'node:fs/promises';
import { openApiDocument } from '../lib/api/open-api.ts';
import { eventDocument } from '../lib/events/event-document.ts';
import { packJsonSchema } from '../lib/packs/pack-json-schema.ts';

const docs = new URL('../docs/', import.meta.url);
await writeFile(new URL('openapi.json', docs), `${JSON.stringify(openApiDocument(), null, 2)}\n`);

await writeFile(new URL('pack.schema.json', docs), `${JSON.stringify(packJsonSchema(), null, 2)}\n`);

const heading = '## Schemas\n\n';
const events = new URL('events.md', docs);
const [before] = (await readFile(events, 'utf8')).split(heading);
await writeFile(events, `${before}${heading}${eventDocument()}`);
