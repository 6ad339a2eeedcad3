/** A case: what happened in one line, why it was flagged, the record, its flags, and the verdict beside all of it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf, post } from '../api/client.ts';
import { CaseContext } from '../parts/case-context.tsx';
import { CaseFlags } from '../parts/case-flags.tsx';
import { CaseHead, CaseSteps } from '../parts/case-head.tsx';
import { CaseRecord } from '../parts/case-record.tsx';
import { CaseSide } from '../parts/case-side.tsx';
import { CaseVerdicts } from '../parts/case-verdicts.tsx';
import { laterPart } from '../parts/later.tsx';
import { alarm } from '../parts/live.tsx';
import { Empty, Failure, Loading, Notice } from '../parts/notice.tsx';
import { Time } from '../parts/time.tsx';
import { Why } from '../parts/why.tsx';
import { address, caseHref, go } from '../state/address.ts';
import {
  type CaseDetail,
  currentId,
  forgetCase,
  knownCase,
  listed,
  loadCases,
  prefetchNext,
  readCase,
  step,
} from '../state/case-list.ts';
import type { Act } from '../state/keys.ts';
import { caseChanged, onKeys } from '../state/listen-keys.ts';
import { may } from '../state/person.ts';
import { queueHref, takeNext, toggled } from '../state/queue.ts';
import { t } from '../words/words.ts';

const Attachments = laterPart('attachments');

export function CasePage() {
  const { id, domain } = address.value;
  const { detail, error, reload } = useCase(id!);
  useEffect(() => {
    currentId.value = id;
    caseChanged();
    document.querySelector<HTMLElement>('main h1')?.focus();
  }, [id]);
  useEffect(() => {
    if (detail === null && error === null) return;
    // The list that it stands in, and the next one of it, do not hold up the case that was asked for.
    if (listed.value?.query.domain === domain) prefetchNext();
    else void loadCases({ domain: domain!, view: 'act' }).then(prefetchNext);
  }, [detail, error]);
  useEffect(
    () => onKeys((act) => handle(act, domain!), { loading: () => !isShown(address.value.id) }),
    [domain],
  );
  if (error !== null) return <Failure error={error} what={t('case.failed')} retry={reload} />;
  if (detail === null) return <Loading what={t('case.loading')} lines={12} />;
  return <Shown key={detail.id} detail={detail} reload={reload} />;
}

let shownId: string | null = null;
const isShown = (id: string | null) => id !== null && shownId === id;

function Shown({ detail, reload }: { readonly detail: CaseDetail; readonly reload: () => void }) {
  const wanted = address.value.query.get('flag') ?? detail.top_flag.id;
  const flag = detail.flag_list.find((one) => one.flag === wanted) ?? detail.flag_list[0];
  const [chosen, choose] = useState<ReadonlySet<string>>(() => alikeFlags(detail, wanted));
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) choose(alikeFlags(detail, wanted));
    isFirst.current = false;
  }, [detail.version]);
  // What happened and why are read first: they are painted before the rest is made.
  const [isWhole, setWhole] = useState(false);
  useEffect(() => afterPaint(() => setWhole(true)), []);
  useEffect(() => {
    if (isWhole) shownId = detail.id;
    return () => {
      shownId = null;
    };
  }, [detail.id, isWhole]);
  const own = flag?.status === 'open' ? flag.flag : null;
  useEffect(
    () =>
      onKeys(({ kind }) => {
        if (kind !== 'select' || own === null) return false;
        choose((before) => toggled(before, own));
        return true;
      }),
    [own],
  );
  if (flag === undefined) return <Empty title={t('case.no-flags')} />;
  document.title = `${t('case.title', { record: flag.record_id })} · Assay`;
  return (
    <>
      <CaseSteps detail={detail} />
      <Mentioned detail={detail} reload={reload} />
      <CaseHead detail={detail} flag={flag} />
      <div class="case">
        <div>
          <Why flag={flag} />
          {isWhole && (
            <>
              <CaseFlags detail={detail} current={flag.flag} chosen={chosen} choose={choose} />
              <CaseRecord key={flag.flag} flag={flag} />
              <CaseVerdicts flag={flag} />
              <Attachments key={detail.id} caseId={detail.id} />
              <CaseContext detail={detail} flag={flag.flag} />
            </>
          )}
        </div>
        {isWhole && <CaseSide detail={detail} chosen={chosen} reload={reload} />}
      </div>
    </>
  );
}

/** In a page that is not to be seen no frame comes. */
function afterPaint(act: () => void): () => void {
  if (document.hidden) {
    act();
    return () => undefined;
  }
  let timer: ReturnType<typeof setTimeout>;
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(act);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/** Someone spoke to who is at the page, who has not said yet that it is read. */
function Mentioned({ detail, reload }: { readonly detail: CaseDetail; readonly reload: () => void }) {
  if (detail.mention === null) return null;
  const { by, by_name, at } = detail.mention;
  const done = () => {
    post(`/v1/cases/${detail.id}/mention/done`, { at })
      .then(
        () => void loadCases(listed.value?.query ?? { domain: detail.domain, view: 'act' }),
        (error: unknown) => alarm(messageOf(error)),
      )
      .finally(reload);
  };
  return (
    <Notice
      action={
        <button type="button" onClick={done}>
          {t('mention.done')}
        </button>
      }
    >
      <bdi>{t('mention.by', { who: by_name ?? by })}</bdi> <Time at={at} />
    </Notice>
  );
}

/** The open flags that meet the same most severe rule as this one: a verdict on it is offered for them too. */
function alikeFlags({ flag_list }: CaseDetail, id: string): ReadonlySet<string> {
  const own = flag_list.find((one) => one.flag === id) ?? flag_list[0];
  const rule = own?.rules[0];
  const alike = flag_list.filter(
    (one) => one.status === 'open' && (one === own || (rule !== undefined && one.rules[0] === rule)),
  );
  return new Set(alike.map(({ flag }) => flag));
}

function handle(act: Act, domain: string): boolean {
  switch (act.kind) {
    case 'next':
    case 'previous':
      if (step(act.kind === 'next' ? 1 : -1) && currentId.value !== null)
        go(caseHref(domain, currentId.value));
      return true;
    case 'take':
      if (may('review')) void takeNext(domain);
      return true;
    case 'escape':
      go(queueHref(domain));
      return true;
    default:
      return false;
  }
}

/** At once where it was read before. */
function useCase(id: string) {
  const [state, setState] = useState<{ id: string; detail: CaseDetail | null; error: unknown }>({
    id,
    detail: knownCase(id),
    error: null,
  });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    readCase(id).then(
      (detail) => isCurrent && setState({ id, detail, error: null }),
      (error: unknown) => isCurrent && setState({ id, detail: null, error }),
    );
    return () => {
      isCurrent = false;
    };
  }, [id, turn]);
  const reload = () => {
    forgetCase(id);
    setTurn((before) => before + 1);
  };
  const isOwn = state.id === id;
  return { detail: isOwn ? state.detail : knownCase(id), error: isOwn ? state.error : null, reload };
}
