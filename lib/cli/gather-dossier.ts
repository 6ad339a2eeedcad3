/** A dossier's content from a deployed stack: loaded only where one is asked for, since it brings AWS's libraries. */
import { type DossierContent, dossierAct } from '../dossier/dossier.ts';
import type { DossierSelection } from '../dossier/export-job.ts';
import { openStack } from '../services/deployed-stack.ts';
import { stackDossier } from '../services/stack-dossier.ts';
import { expectDomain } from './expect-domain.ts';
import { atLearningStack, type ShowsRecords, type StackFlags } from './stack-options.ts';

export interface GatheredDossier {
  readonly content: DossierContent;
  readonly by: string;
  /** Writes the manifest's hash into the log of the domain; absent: the dossier is of a run, which has none. */
  readonly record?: (manifest: string) => Promise<void>;
}

export async function gatherFromStack(
  flags: StackFlags & ShowsRecords & { readonly as?: string },
  selection: DossierSelection,
  now: string,
): Promise<GatheredDossier> {
  return await atLearningStack(flags, async (learning) => {
    const deployed = await openStack(learning.name, Date.now);
    if (selection.kind === 'period') await expectDomain(deployed, selection.domain);
    const by = await learning.caller(flags.as);
    const content = await stackDossier({ deployed, learning }, selection, {
      actor: flags.showPersonal === true ? by : null,
      route: 'assay dossier',
      now,
    });
    const record = (manifest: string) =>
      atLearningStack(flags, (stack) =>
        stack.recordAct(
          content.dossier.subject.domain,
          dossierAct(content, { manifest, actor: by, at: now }),
        ),
      );
    return { content, by, record };
  });
}
