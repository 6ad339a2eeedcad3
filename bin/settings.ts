/** Writes what is made of the settings' schema: docs/assay.config.schema.json, and the table of keys in docs/settings.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { settingsSchema, settingsTable } from '../lib/stack/settings-schema.ts';
import { writeJson } from '../operations/write-json.ts';

const docs = new URL('../docs/', import.meta.url);
await writeJson(new URL('assay.config.schema.json', docs), settingsSchema());

const heading = '## Keys\n\n';
const page = new URL('settings.md', docs);
const [before] = (await readFile(page, 'utf8')).split(heading);
await writeFile(page, `${before}${heading}${settingsTable()}`);
