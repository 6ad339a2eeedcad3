/** What the model makes of a flag's values, by the version that decided. */
import type { Explanation } from '../decisions/explanation.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { InputError } from '../errors.ts';
import type { Model } from '../models/model-folder.ts';
import type { Shown } from '../packs/shown-value.ts';
import { explainFlag, type FlagInsight } from '../what-if/explain-flag.ts';

/** Null: its reasons were too large for the table, or its model is not there any more. */
export function insightSource(models: {
  load(domain: string, version: string): Promise<Model>;
}): (flag: FlagItem) => Promise<FlagInsight | null> {
  return async ({ domain, model: version, explanation, record }) => {
    if (explanation === null) return null;
    try {
      const model = await models.load(domain, version);
      const values = record === null ? null : (JSON.parse(record) as Record<string, Shown>);
      return explainFlag(model, JSON.parse(explanation) as Explanation, values);
    } catch (error) {
      if (error instanceof InputError) return null;
      throw error;
    }
  };
}
