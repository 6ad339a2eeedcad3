/** Blind review: a record without its score, its reasons, its rank or its neighbours. Nothing here may say whether it was flagged. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { z } from 'zod';
import type { ReviewRules } from '../../lib/api/case-schemas.ts';
import type { BlindList } from '../../lib/api/review-schemas.ts';
import { get, messageOf, post } from '../api/client.ts';
import { alarm, say, showToast } from '../parts/live.tsx';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { RecordTable } from '../parts/record-table.tsx';
import {
  chosen,
  codesOf,
  type Draft,
  EMPTY_DRAFT,
  type ReasonCode,
  VerdictForm,
  verdictAct,
} from '../parts/verdict-form.tsx';
import { address } from '../state/address.ts';
import { caseChanged, onKeys } from '../state/listen-keys.ts';
import { may } from '../state/person.ts';
import { useLoad } from '../state/use-load.ts';
import { t } from '../words/words.ts';

type Item = z.output<typeof BlindList>['items'][number];

export function Blind() {
  const { domain } = address.value;
  const { value, error, reload } = useLoad(`blind ${domain}`, (signal) =>
    get<z.output<typeof BlindList>>('/v1/blind-reviews', { domain: domain!, limit: 20 }, signal),
  );
  const rules = useLoad(`rules ${domain}`, (signal) =>
    get<z.output<typeof ReviewRules>>('/v1/review-rules', { domain: domain! }, signal),
  );
  const codes = rules.value === null ? [] : codesOf(rules.value.reasons);
  const [done, setDone] = useState<readonly string[]>([]);
  document.title = `${t('nav.blind')} · Assay`;
  const items = (value?.items ?? []).filter(({ id }) => !done.includes(id));
  const [item] = items;
  const next = (id: string) => {
    setDone((before) => [...before, id]);
    if (items.length === 1 && value?.next !== null) reload();
  };
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>{t('nav.blind')}</h1>
          <p>{t('blind.says')}</p>
        </div>
        {items.length > 0 && <p class="muted">{t('blind.waiting', { n: items.length })}</p>}
      </div>
      {!may('review') && <Empty title={t('readonly')} />}
      {may('review') && error !== null && <Failure error={error} what={t('list.failed')} retry={reload} />}
      {may('review') && value === null && error === null && <Loading what={t('loading')} />}
      {value !== null && item === undefined && (
        <Empty title={t('blind.none')}>
          <p class="muted">{t('blind.none.next')}</p>
        </Empty>
      )}
      {item !== undefined && <BlindItem key={item.id} item={item} codes={codes} done={() => next(item.id)} />}
    </>
  );
}

function BlindItem({
  item,
  codes,
  done,
}: {
  readonly item: Item;
  readonly codes: readonly ReasonCode[];
  readonly done: () => void;
}) {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [problem, setProblem] = useState('');
  const [isSaving, setSaving] = useState(false);
  const key = useRef(crypto.randomUUID());
  const save = async () => {
    if (isSaving) return;
    const missing = chosen(draft, codes);
    if (typeof missing === 'string') {
      setProblem(missing);
      say(missing);
      return;
    }
    setSaving(true);
    setProblem('');
    const { verdict, code, reason, note } = missing;
    try {
      const body = {
        verdict,
        ...(code !== null ? { reason_code: code } : { reason }),
        ...(note !== '' && { note }),
      };
      await post(`/v1/blind-reviews/${item.id}/reviews`, body, key.current);
      showToast(t('blind.saved'));
      done();
    } catch (error) {
      const text = messageOf(error);
      setProblem(text);
      alarm(text);
      setSaving(false);
    }
  };
  const state = useRef({ draft, save, codes });
  state.current = { draft, save, codes };
  useEffect(() => {
    caseChanged();
    return onKeys(
      (act) => {
        if (act.kind === 'save') {
          void state.current.save();
          return true;
        }
        const changed = verdictAct(act, state.current.draft, state.current.codes);
        if (changed !== null) setDraft(changed);
        return changed !== null;
      },
      { hasVerdict: () => state.current.draft.verdict !== null },
    );
  }, []);
  return (
    <div class="case">
      <section class="section" aria-labelledby="record">
        <h2 id="record">{t('record')}</h2>
        <RecordTable record={item.record} />
      </section>
      <aside class="side" aria-label={t('verdict')}>
        <VerdictForm
          draft={draft}
          codes={codes}
          change={setDraft}
          problem={problem}
          isSaving={isSaving}
          save={() => void save()}
        />
      </aside>
    </div>
  );
}
