/** The model of a run against what its log says of it: card, pack, version, threshold, and the rules that flag by themselves. */
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';
import { hashCard } from '../models/card-schema.ts';
import { loadModel, type Model } from '../models/model-folder.ts';
import { flagsByItself } from '../packs/rule-flags.ts';
import type { Findings } from './finding.ts';
import type { LogFacts } from './log-facts.ts';

const CARD = 'model/card.json';
const LOG = 'audit.jsonl';

/** Undefined, with a finding: the two files are no model. `card` is the path of a card that is there, its model beside it. */
export async function readModel(card: string, findings: Findings): Promise<Model | undefined> {
  try {
    return await loadModel(dirname(card));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    findings.add('mismatch', CARD, error.message);
    return undefined;
  }
}

export function checkModel({ card, pack }: Model, { started, change }: LogFacts, findings: Findings): void {
  if (started === undefined) return;
  const same = (what: string, found: unknown, said: unknown) => {
    if (said === undefined || found === said) return;
    findings.add('mismatch', CARD, `${what} ${found}; ${LOG} says ${said}`);
  };
  same('domain', card.domain, started.domain);
  same('version', card.version, started.model);
  same('sha256', hashCard(card), started.card);
  same('pack', card.pack.hash, started.pack);
  same('threshold', card.threshold.value, started.card_threshold);
  const flagging = pack.rules.filter(flagsByItself).map(({ id }) => id);
  // Of a run by rules of another version of Assay the log is the witness: only its own rules can be held against it.
  const foreign = (started.rules_flag ?? []).filter((id) => pack.rules.every((rule) => rule.id !== id));
  for (const id of foreign)
    findings.add('mismatch', CARD, `the pack has no rule "${id}", which ${LOG} says flags`);
  if (started.format !== undefined)
    same('the rules that flag:', flagging.join(', '), started.rules_flag?.join(', '));
  checkChange(started, change, findings);
}

/** That another threshold than the card's decided is an entry of its own. */
function checkChange(
  { threshold, card_threshold: ofCard, model }: NonNullable<LogFacts['started']>,
  change: LogFacts['change'],
  findings: Findings,
): void {
  const isOther = threshold !== undefined && ofCard !== undefined && threshold !== ofCard;
  const fits =
    change !== undefined && change.to === threshold && change.from === ofCard && change.model === model;
  if (change === undefined ? isOther : !isOther || !fits)
    findings.add(
      'mismatch',
      LOG,
      `"threshold_changed" and "run_started" do not say the same of the threshold`,
    );
}
