/**
 * `npm run cost`: writes the figures of docs/cost.md from the template, the prices and what was measured. With `--measure` it first measures the
 * sizes of flags again; `test/bench/cost.ts` measures the rest on a drop that a local AWS has finished.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { COST_HEADING, costPage, type Measured, OTHER_COSTS_HEADING } from '../operations/cost/cost-page.ts';
import { measureFlags } from '../operations/cost/measure-flags.ts';
import { defaultTemplate } from '../operations/default-template.ts';

const page = new URL('../docs/cost.md', import.meta.url);
const file = new URL('../operations/cost/measured.json', import.meta.url);

const { values } = parseArgs({ options: { measure: { type: 'boolean' } } });
let measured = JSON.parse(await readFile(file, 'utf8')) as Measured;
if (values.measure === true) {
  measured = { ...measured, flagBytes: await measureFlags() };
  await writeFile(file, `${JSON.stringify(measured)}\n`);
}
const text = await readFile(page, 'utf8');
const [before] = text.split(COST_HEADING);
const [, after] = text.split(OTHER_COSTS_HEADING);
await writeFile(
  page,
  `${before}${COST_HEADING}${costPage(measured, defaultTemplate())}\n${OTHER_COSTS_HEADING}${after}`,
);
