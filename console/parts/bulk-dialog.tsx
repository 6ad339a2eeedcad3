/** A verdict on alike flags of several cases. Every flag it is on is listed first; nothing is decided that was not shown. */
import { useEffect, useState } from 'preact/hooks';
import { post } from '../api/client.ts';
import { type BulkPreview, type BulkResult, decideBulk, previewBulk, willDecide } from '../state/bulk.ts';
import type { CaseSummary } from '../state/case-list.ts';
import { mentionsIn } from '../state/mentions.ts';
import { nameOf } from '../state/pack-texts.ts';
import { known } from '../state/person.ts';
import { score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { factsOf } from './case-head.tsx';
import { Dialog } from './dialog.tsx';
import { titleOf } from './facts.ts';
import { showToast } from './live.tsx';
import { Failure, Loading } from './notice.tsx';
import { SignatureDialog } from './signature-dialog.tsx';
import { SpeakTo } from './speak-to.tsx';
import { codesOf, type Draft, EMPTY_DRAFT, chosen as ready, VerdictForm } from './verdict-form.tsx';

export function BulkDialog({
  cases,
  close,
}: {
  readonly cases: readonly CaseSummary[];
  readonly close: () => void;
}) {
  const [preview, setPreview] = useState<BulkPreview | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    previewBulk(cases, known.value?.person.sub ?? '').then(setPreview, setError);
  }, []);
  return (
    <Dialog title={t('bulk.title')} onClose={close} isWide>
      {error !== null && <Failure error={error} what={t('bulk.failed')} />}
      {preview === null && error === null && <Loading what={t('bulk.loading')} lines={4} />}
      {preview !== null && <Decide preview={preview} close={close} />}
    </Dialog>
  );
}

function Decide({ preview, close }: { readonly preview: BulkPreview; readonly close: () => void }) {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [problem, setProblem] = useState('');
  const [isSigning, setSigning] = useState(false);
  const [results, setResults] = useState<readonly BulkResult[] | null>(null);
  const decided = willDecide(preview);
  const flags = decided.reduce((sum, one) => sum + one.flags.length, 0);
  const rules = preview.cases[0]!.detail.review_rules;
  const codes = codesOf(rules.reasons);
  const send = (signature: { meaning: string } | null) => {
    const given = ready(draft, codes);
    if (typeof given === 'string') return;
    const { verdict, code, reason, note } = given;
    const body = {
      ...{ verdict, ...(code !== null ? { reason_code: code } : { reason }) },
      ...(note !== '' && { note }),
      ...mentionsIn(draft.note),
      ...(signature !== null && { signature }),
    };
    setResults([]);
    void decideBulk(preview, body, (one) => setResults((before) => [...(before ?? []), one]));
  };
  const save = () => {
    const missing = flags === 0 ? t('verdict.no-flag') : ready(draft, codes);
    if (typeof missing === 'string') setProblem(missing);
    else if (rules.signature === 'required') setSigning(true);
    else send(null);
  };
  if (results !== null) return <Results results={results} of={decided.length} close={close} />;
  const rule = preview.rule === null ? t('rule.none') : nameOf('rules', preview.rule);
  return (
    <>
      <p class="muted">{t('bulk.says', { rule, n: flags })}</p>
      <Flags preview={preview} />
      <VerdictForm
        draft={draft}
        codes={codes}
        change={(next) => {
          setDraft(next);
          setProblem('');
        }}
        problem={problem}
        isSaving={false}
        save={save}
        beneath={<SpeakTo area="note" text={draft.note} />}
        saveWord={t('bulk.save', { n: flags })}
      />
      <div class="buttons">
        <button type="button" onClick={close}>
          {t('cancel')}
        </button>
      </div>
      {isSigning && (
        <SignatureDialog
          what={t('bulk.sign', { verdict: t(`status.${draft.verdict ?? 'inconclusive'}`), n: flags })}
          sign={(meaning) => send({ meaning })}
          close={() => setSigning(false)}
        />
      )}
    </>
  );
}

function Flags({ preview }: { readonly preview: BulkPreview }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="scroll short spaced" tabIndex={0} aria-label={t('bulk.flags')}>
      <table>
        <caption class="vh">{t('bulk.flags')}</caption>
        <tbody>
          {preview.cases.map(({ detail, flags, isHeld }) =>
            isHeld || flags.length === 0 ? (
              <tr key={detail.id}>
                <th scope="row">
                  <bdi>{detail.entity ?? detail.top_flag.record_id}</bdi>
                </th>
                <td class="muted" colSpan={2}>
                  {t(isHeld ? 'bulk.held' : 'bulk.other')}
                </td>
              </tr>
            ) : (
              flags.map((flag) => (
                <tr key={flag.flag}>
                  <th scope="row">
                    <bdi>{detail.entity ?? flag.record_id}</bdi>
                  </th>
                  <td>
                    <bdi>{titleOf(factsOf(detail, flag), flag.record_id)}</bdi>
                  </td>
                  <td class="num strong">{score(flag.score)}</td>
                </tr>
              ))
            ),
          )}
        </tbody>
      </table>
    </section>
  );
}

function Results({
  results,
  of,
  close,
}: {
  readonly results: readonly BulkResult[];
  readonly of: number;
  readonly close: () => void;
}) {
  const isDone = results.length === of;
  const failed = results.filter(({ problem }) => problem !== null);
  const undo = () => {
    for (const { review } of results)
      if (review !== null) void post(`/v1/reviews/${review}/withdraw`, {}).catch(() => undefined);
    showToast(t('bulk.undone'));
    close();
  };
  return (
    <>
      <p role="status">
        {t(isDone ? 'bulk.done' : 'bulk.sending', { n: results.length - failed.length, of })}
      </p>
      <ul class="changes spaced">
        {failed.map(({ case: id, name, problem }) => (
          <li key={id}>
            <b>
              <bdi>{name}</bdi>
            </b>
            <span class="error small">{problem}</span>
          </li>
        ))}
      </ul>
      {isDone && (
        <div class="buttons">
          <button type="button" onClick={undo}>
            {t('undo')}
          </button>
          <button type="button" class="primary" onClick={close}>
            {t('close')}
          </button>
        </div>
      )}
    </>
  );
}
