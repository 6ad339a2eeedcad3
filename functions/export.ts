/** Makes what someone asked the API for: a rule calls it with the event that says so. */
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { exportDeps } from '../lib/services/export-function.ts';
import { makeExport } from '../lib/services/make-export.ts';

interface ExportAsked {
  readonly detail: { readonly domain: string; readonly export: string };
}

export const handler = observe(
  async ({ detail }: ExportAsked) => {
    const outcome = await makeExport(exportDeps(), detail.export);
    if (outcome !== null) log.info(`the export is ${outcome}`, { domain: detail.domain });
    return {};
  },
  ({ detail }) => ({ stage: 'export', domain: detail.domain }),
);
