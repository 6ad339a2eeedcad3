/** What people do with a case as a whole; the row and the page show it as it is afterwards. */
import { post } from '../api/client.ts';
import { type CaseSummary, forgetCase, updateRow } from './case-list.ts';

export type CaseAct = 'claim' | 'release' | 'assign' | 'escalate' | 'snooze' | 'reopen';

export async function actOnCase(
  one: Pick<CaseSummary, 'id'>,
  act: CaseAct,
  body: Readonly<Record<string, unknown>> = {},
): Promise<CaseSummary> {
  try {
    const changed = await post<CaseSummary>(`/v1/cases/${one.id}/${act}`, body);
    updateRow(changed);
    return changed;
  } finally {
    forgetCase(one.id);
  }
}
