/** What answers for labels files: addresses for uploads, and what became of each file, out. */
import type { DomainScope } from '../packs/domain-scope.ts';
import type { LabelsStatus } from '../reviews/labels-status.ts';
import { cursorPage } from './cursor-page.ts';
import { expectDomain, nameToSign, signUpload, type UploadServices } from './drops.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';

export interface LabelsServices extends UploadServices {
  readonly labels: {
    get(id: string): Promise<LabelsStatus | null>;
    list(query: { scope: DomainScope; limit: number; before?: string }): Promise<{
      readonly items: readonly LabelsStatus[];
      readonly next: string | null;
    }>;
  };
  readonly cursorSecret: () => Promise<Uint8Array>;
}

export function labelsHandlers(
  services: LabelsServices,
): Required<Pick<Handlers, 'listLabels' | 'getLabels' | 'createLabelsUpload'>> {
  return {
    listLabels: (call) => listLabels(services, call),
    getLabels: (call) => getLabels(services, call),
    createLabelsUpload: (call) => createUpload(services, call),
  };
}

async function listLabels(
  { labels, cursorSecret }: LabelsServices,
  { query: { limit, cursor }, scope }: Call<'listLabels'>,
): Promise<Reply<'listLabels'>> {
  const read = (before: string | undefined) =>
    labels.list({ scope, limit, ...(before !== undefined && { before }) });
  return { body: await cursorPage(cursorSecret, { name: 'labels', filter: { scope }, cursor }, read, shown) };
}

async function getLabels(
  { labels }: LabelsServices,
  { params }: Call<'getLabels'>,
): Promise<Reply<'getLabels'>> {
  const found = await labels.get(params.id);
  if (found === null) throw new Problem(404, `There is no labels file ${params.id}.`);
  return { body: shown(found) };
}

async function createUpload(
  services: LabelsServices,
  { body: { domain, name }, caller }: Call<'createLabelsUpload'>,
): Promise<Reply<'createLabelsUpload'>> {
  await expectDomain(services.domains, domain, caller);
  const key = await services.uploads.expect(
    `labels/${domain}`,
    nameToSign(services, domain, name),
    caller.sub,
  );
  return { body: await signUpload(services, key) };
}

function shown({ keyed: _, ...status }: LabelsStatus): Reply<'getLabels'>['body'] {
  return { ...status, faults: status.faults.map((fault) => ({ ...fault })) };
}
