/** Beside a case: whose it is, the verdict, and who did what. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { MAX_FLAGS_AT_ONCE } from '../../lib/reviews/review.ts';
import { messageOf } from '../api/client.ts';
import { address, caseHref, go } from '../state/address.ts';
import { actOnCase } from '../state/case-acts.ts';
import { type CaseDetail, currentId, listed, step } from '../state/case-list.ts';
import { onKeys } from '../state/listen-keys.ts';
import { mentionsIn } from '../state/mentions.ts';
import { drafts, sendReview } from '../state/outbox.ts';
import { known, may } from '../state/person.ts';
import { queueHref, takeNext } from '../state/queue.ts';
import { t } from '../words/words.ts';
import { CaseActs } from './case-acts.tsx';
import { History } from './case-history.tsx';
import { say } from './live.tsx';
import { SignatureDialog } from './signature-dialog.tsx';
import { SpeakTo } from './speak-to.tsx';
import { Time } from './time.tsx';
import {
  choose,
  codesOf,
  chosen as complete,
  type Draft,
  EMPTY_DRAFT,
  VERDICTS,
  VerdictForm,
  verdictAct,
} from './verdict-form.tsx';

export function CaseSide({
  detail,
  chosen,
  reload,
}: {
  readonly detail: CaseDetail;
  readonly chosen: ReadonlySet<string>;
  readonly reload: () => void;
}) {
  return (
    <aside class="side" aria-label={t('verdict')}>
      <Work detail={detail} chosen={chosen} reload={reload} />
      <History key={detail.version} detail={detail} />
    </aside>
  );
}

function Work(props: {
  readonly detail: CaseDetail;
  readonly chosen: ReadonlySet<string>;
  readonly reload: () => void;
}) {
  const { detail } = props;
  const { hold, status } = detail;
  if (!may('review')) return <Plain title={t('verdict')} text={t('readonly')} />;
  if (status === 'closed') return <Plain title={t('case.decided')} text={t('case.decided.says')} />;
  if (hold !== null && hold.by !== known.value?.person.sub) return <HeldByOther hold={hold} />;
  return <Decide {...props} />;
}

function Plain({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div class="panel">
      <h2>{title}</h2>
      <p class="muted">{text}</p>
    </div>
  );
}

function HeldByOther({ hold }: { readonly hold: NonNullable<CaseDetail['hold']> }) {
  const domain = address.value.domain!;
  return (
    <div class="panel">
      <h2>
        {t('hold.other', { who: hold.by_name ?? hold.by })} <Time at={hold.until} as="clock" />
      </h2>
      <p class="muted">{t('hold.other.says')}</p>
      <button type="button" class="primary" onClick={() => void takeNext(domain)}>
        {t('queue.take')} <kbd aria-hidden="true">N</kbd>
      </button>
    </div>
  );
}

function Decide({
  detail,
  chosen,
  reload,
}: {
  readonly detail: CaseDetail;
  readonly chosen: ReadonlySet<string>;
  readonly reload: () => void;
}) {
  const [draft, setDraft] = useState<Draft>(() => drafts.get(detail.id) ?? EMPTY_DRAFT);
  const [problem, setProblem] = useState('');
  const [isSigning, setSigning] = useState(false);
  const codes = codesOf(detail.review_rules.reasons);
  const flags = detail.flag_list
    .filter(({ flag, status }) => status === 'open' && chosen.has(flag))
    .slice(0, MAX_FLAGS_AT_ONCE);
  const change = (next: Draft) => {
    setDraft(next);
    setProblem('');
    drafts.set(detail.id, next);
    // Anyone who begins to decide works on it: no one else does meanwhile.
    if (detail.hold === null && draft === EMPTY_DRAFT) {
      actOnCase(detail, 'claim').then(reload, (error: unknown) => {
        setProblem(messageOf(error));
        reload();
      });
    }
  };
  const send = (signature: { meaning: string } | null) => {
    const ready = complete(draft, codes);
    if (typeof ready === 'string') return;
    const { verdict, code, reason, note } = ready;
    void sendReview({
      caseId: detail.id,
      name: detail.entity ?? detail.top_flag.record_id,
      draft,
      body: {
        flags: flags.map(({ flag, version }) => ({ id: flag, version })),
        verdict,
        ...(code !== null ? { reason_code: code } : { reason }),
        ...(note !== '' && { note }),
        ...mentionsIn(draft.note),
        ...(signature !== null && { signature }),
      },
    });
    leave(detail, flags.length);
  };
  const save = () => {
    const ready = complete(draft, codes);
    const missing = flags.length === 0 ? t('verdict.no-flag') : typeof ready === 'string' ? ready : null;
    if (missing !== null) {
      setProblem(missing);
      say(missing);
    } else if (detail.review_rules.signature === 'required') setSigning(true);
    else send(null);
  };
  const state = useRef({ draft, save, change, codes });
  state.current = { draft, save, change, codes };
  useEffect(
    () =>
      onKeys(
        (act) => {
          if (act.kind === 'save') {
            state.current.save();
            return true;
          }
          const next = verdictAct(act, state.current.draft, state.current.codes);
          if (next !== null && next !== state.current.draft) state.current.change(next);
          return next !== null;
        },
        { hasVerdict: () => state.current.draft.verdict !== null },
      ),
    [],
  );
  return (
    <>
      <VerdictForm
        draft={draft}
        codes={codes}
        change={change}
        problem={problem}
        isSaving={false}
        save={save}
        beneath={<SpeakTo area="note" text={draft.note} />}
        scope={[
          t('verdict.scope', { n: flags.length, of: detail.flags.open }),
          ...(chosen.size > MAX_FLAGS_AT_ONCE ? [t('verdict.limit', { n: MAX_FLAGS_AT_ONCE })] : []),
        ].join(' ')}
        saveWord={detail.review_rules.signature === 'required' ? t('sign.save') : t('save.next')}
      />
      <CaseActs detail={detail} reload={reload} />
      <div class="verdictbar narrow" role="group" aria-label={t('verdict')}>
        {VERDICTS.map((verdict) => (
          <button
            key={verdict}
            type="button"
            aria-pressed={verdict === draft.verdict}
            onClick={() => {
              change(choose(draft, verdict));
              document.getElementById('note')?.scrollIntoView({ block: 'center' });
            }}
          >
            {t(`status.${verdict}`)}
          </button>
        ))}
      </div>
      {isSigning && (
        <SignatureDialog
          what={t('sign.what', {
            verdict: t(`status.${draft.verdict ?? 'inconclusive'}`),
            n: flags.length,
            entity: detail.entity ?? detail.top_flag.record_id,
          })}
          sign={(meaning) => send({ meaning })}
          close={() => setSigning(false)}
        />
      )}
    </>
  );
}

/** On to the next case of the list; the one that is decided leaves it. */
function leave(detail: CaseDetail, decided: number): void {
  const domain = address.value.domain!;
  const list = listed.value;
  const isMoved = step(1) || step(-1);
  if (list !== null && decided >= detail.flags.open) {
    listed.value = { ...list, items: list.items.filter(({ id }) => id !== detail.id) };
  }
  go(isMoved && currentId.value !== null ? caseHref(domain, currentId.value) : queueHref(domain));
}
