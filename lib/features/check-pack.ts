/**
 * Checks a parsed pack: throws one `InputError` with everything that DuckDB finds wrong with its expressions, patterns and formats.
 * With `parsePack` before it, a pack that passes will not fail on a drop.
 */

import { quoteText, Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { labelProblem } from '../intake/derive-label.ts';
import type { Column, Pack } from '../packs/pack.ts';
import { bindProblems } from './bind-plan.ts';

export async function checkPack(pack: Pack, file: string): Promise<void> {
  const session = await Session.open({ threads: 1, memoryLimitMb: 256 });
  try {
    const problems = await bindProblems(session, pack);
    const messages = problems.map(({ line, message }) => `${file}:${line}: ${message}`);
    const label = await labelProblem(session, pack);
    if (label !== null) messages.push(`${file}:${label}`);
    for (const column of pack.columns) messages.push(...(await columnProblems(session, column, file)));
    if (messages.length > 0) throw new InputError(messages.join('\n'));
  } finally {
    await session.close();
  }
}

async function columnProblems(session: Session, column: Column, file: string): Promise<string[]> {
  const { pattern } = column;
  if (pattern === null) return [];
  try {
    await session.run(`SELECT regexp_full_match('', ${quoteText(pattern)})`);
    return [];
  } catch (error) {
    const [reason] = String((error as Error).message).split('\n');
    return [
      `${file}: columns.${column.name}.pattern: found ${JSON.stringify(pattern)}, expected a regular expression (RE2) (${reason})`,
    ];
  }
}
