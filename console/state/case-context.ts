/** What is around a flag of a case, as the API says it. */
import type { z } from 'zod';
import type { CaseContext } from '../../lib/api/case-context-schemas.ts';

export type Context = z.output<typeof CaseContext>;
