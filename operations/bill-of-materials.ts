/**
 * The software bill of materials of what Assay runs on: CycloneDX as npm writes it, without the packages for development.
 * npm's own `--omit dev` leaves out every package that a development dependency needs as well (zod and 26 more of ours).
 */
import { z } from 'zod';
import manifest from '../package.json' with { type: 'json' };
import { listLicences } from './licences.ts';
import { run } from './run.ts';

const Bom = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: z.looseObject({ 'bom-ref': z.string() }) }),
  components: z.array(z.looseObject({ 'bom-ref': z.string(), name: z.string(), version: z.string() })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

export type BillOfMaterials = z.infer<typeof Bom>;

export async function makeBillOfMaterials(): Promise<BillOfMaterials> {
  const written = await run('npm', [
    ...['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--loglevel', 'silent'],
  ]);
  const whole = Bom.parse(JSON.parse(written));
  const shipped = new Set(listLicences().map(({ name, version }) => `${name}@${version}`));
  const components = whole.components.filter(({ name, version }) => shipped.has(`${name}@${version}`));
  const refs = new Set([
    whole.metadata.component['bom-ref'],
    ...components.map((component) => component['bom-ref']),
  ]);
  const dependencies = whole.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
  // npm names the root after its folder.
  const component = { ...whole.metadata.component, name: manifest.name };
  return { ...whole, metadata: { ...whole.metadata, component }, components, dependencies };
}
