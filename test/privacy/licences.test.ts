import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeBillOfMaterials } from '../../operations/bill-of-materials.ts';
import { ACCEPTED_LICENCES, formatLicences, listLicences } from '../../operations/licences.ts';

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
