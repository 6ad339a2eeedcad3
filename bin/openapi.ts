/** Writes what the documents take from the schemas: docs/openapi.json, docs/pack.schema.json and the schemas in docs/events.md (`node bin/openapi.ts`). */
import { readFile, writeFile } from 'node:fs/promises';
import { openApiDocument } from '../lib/api/open-api.ts';
import { eventDocument } from '../lib/events/event-document.ts';
import { packJsonSchema } from '../lib/packs/pack-json-schema.ts';
import { writeJson } from '../operations/write-json.ts';

const docs = new URL('../docs/', import.meta.url);
await writeJson(new URL('openapi.json', docs), openApiDocument());
await writeJson(new URL('pack.schema.json', docs), packJsonSchema());

const heading = '## Schemas\n\n';
const events = new URL('events.md', docs);
const [before] = (await readFile(events, 'utf8')).split(heading);
await writeFile(events, `${before}${heading}${eventDocument()}`);
