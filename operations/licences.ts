/** The packages that Assay runs on, as package-lock.json states them, and their licences. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { root } from './places.ts';

export interface Licensed {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Named in package.json, not brought by another package. */
  readonly direct: boolean;
}

const LockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

const MODULES = 'node_modules/';

/** Packages whose package.json states no licence, with that of the LICENSE file in them; a new version is looked at anew. */
const IN_LICENCE_FILE: Readonly<Record<string, string>> = { 'png-js@2.0.0': 'MIT' };

/** Every package that is not for development alone, by name and version. */
export function listLicences(): readonly Licensed[] {
  const { packages } = LockFile.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const direct = Object.keys(packages['']?.dependencies ?? {});
  const found = new Map<string, Licensed>();
  for (const [path, { version, license, dev }] of Object.entries(packages)) {
    if (path === '' || dev === true || version === undefined) continue;
    const name = path.slice(path.lastIndexOf(MODULES) + MODULES.length);
    const isDirect = path === `${MODULES}${name}` && direct.includes(name);
    const licence = license ?? IN_LICENCE_FILE[`${name}@${version}`] ?? 'none stated';
    found.set(`${name}@${version}`, { name, version, licence, direct: isDirect });
  }
  return [...found.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** docs/licences.md. */
export function formatLicences(packages: readonly Licensed[]): string {
  const counts = Map.groupBy(packages, ({ licence }) => licence);
  const summary = [...counts].sort().map(([licence, of]) => `${licence}: ${of.length}`);
  const rows = packages.map(
    ({ name, version, licence, direct }) => `| ${direct ? `**${name}**` : name} | ${version} | ${licence} |`,
  );
  return [
    '# Licences of dependencies',
    '',
    'What Assay runs on, from `package-lock.json`; a package in bold is a direct dependency. `npm run sbom` writes this page,',
    'and a software bill of materials (CycloneDX 1.5) to `out/sbom.cdx.json`. A test accepts permissive licences only.',
    '',
    `${summary.join(' · ')}.`,
    '',
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
