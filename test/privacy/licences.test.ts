import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeBillOfMaterials } from '../../operations/bill-of-materials.ts';
import { formatLicences, listLicences } from '../../operations/licences.ts';

/** Permissive licences: none asks for more than its own text to be passed on. */
const ACCEPTED_LICENCES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MIT/X11',
  // Code and a font beside it.
  'MIT AND OFL-1.1',
  '(MIT OR CC0-1.0)',
  'Python-2.0',
  'Unlicense',
];

describe('the packages that Assay runs on', () => {
  const packages = listLicences();

  test('have licences that we accept', () => {
    expect(packages.filter(({ licence }) => !ACCEPTED_LICENCES.includes(licence))).toEqual([]);
  });

  test('are those of docs/licences.md: else run `npm run sbom`', () => {
    expect(readFileSync('docs/licences.md', 'utf8')).toBe(formatLicences(packages));
  });

  test('include every dependency that package.json names', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const direct = packages.filter((found) => found.direct).map(({ name, version }) => [name, version]);
    expect(Object.fromEntries(direct)).toEqual(dependencies);
  });

  test('are exactly the components of the CycloneDX bill of materials', async () => {
    const { components, dependencies } = await makeBillOfMaterials();
    const names = (listed: readonly { name: string; version: string }[]): string[] =>
      [...new Set(listed.map(({ name, version }) => `${name}@${version}`))].sort();
    expect(names(components)).toEqual(names(packages));
    const refs = new Set(dependencies.map(({ ref }) => ref));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
  });
});
