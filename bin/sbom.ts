#!/usr/bin/env node
/** The software bill of materials of what Assay runs on, and the page of its licences: `npm run sbom`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBillOfMaterials } from '../operations/bill-of-materials.ts';
import { formatLicences, listLicences } from '../operations/licences.ts';
import { root } from '../operations/places.ts';

const file = join(root, 'out', 'sbom.cdx.json');
mkdirSync(join(root, 'out'), { recursive: true });
writeFileSync(file, `${JSON.stringify(await makeBillOfMaterials(), null, 2)}\n`);
writeFileSync(join(root, 'docs', 'licences.md'), formatLicences(listLicences()));
process.stdout.write(`${file}\n`);
