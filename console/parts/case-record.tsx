/** The record of a flag. Personal data is hidden; showing it is an act in the log, and it hides again by itself. */
import { useEffect, useState } from 'preact/hooks';
import { post } from '../api/client.ts';
import { address, auditHref } from '../state/address.ts';
import { nameOf } from '../state/pack-texts.ts';
import { may } from '../state/person.ts';
import { t } from '../words/words.ts';
import type { CaseFlag } from './case-head.tsx';
import { isMasked } from './facts.ts';
import { Failure } from './notice.tsx';
import { RecordTable } from './record-table.tsx';

const SHOWN_SECONDS = 60;

export function CaseRecord({ flag }: { readonly flag: CaseFlag }) {
  const [shown, setShown] = useState<Readonly<Record<string, unknown>>>({});
  const [error, setError] = useState<unknown>(null);
  const [left, setLeft] = useState(0);
  const isAnyShown = Object.keys(shown).length > 0;
  const hide = () => setShown({});
  useEffect(() => {
    if (!isAnyShown) return;
    const timer = setInterval(() => setLeft((before) => before - 1), 1000);
    addEventListener('blur', hide);
    return () => {
      clearInterval(timer);
      removeEventListener('blur', hide);
    };
  }, [isAnyShown]);
  useEffect(() => {
    if (isAnyShown && left <= 0) hide();
  }, [left, isAnyShown]);
  const reveal = async (column: string) => {
    setError(null);
    try {
      const { values } = await post<{ values: Record<string, unknown> }>(`/v1/flags/${flag.flag}/reveal`, {
        columns: [column],
      });
      setShown((before) => ({ ...before, ...values }));
      setLeft(SHOWN_SECONDS);
    } catch (problem) {
      setError(problem);
    }
  };
  const special = (column: string, value: unknown) => {
    if (column in shown) {
      return (
        <span class="mask">
          <bdi>{String(shown[column])}</bdi>
          <button type="button" onClick={hide}>
            {t('pii.hide')}
          </button>
          <span class="muted small">{t('pii.left', { n: left })}</span>
        </span>
      );
    }
    if (!isMasked(value)) return null;
    return (
      <span class="mask">
        <span aria-hidden="true">••••••</span>
        <span class="vh">{t('pii.hidden')}</span>
        {may('read_pii') && (
          <button
            type="button"
            aria-label={t('pii.show-column', { column: nameOf('columns', column) })}
            onClick={() => void reveal(column)}
          >
            {t('pii.show')}
          </button>
        )}
      </span>
    );
  };
  return (
    <section class="section" aria-labelledby="record">
      <header>
        <h2 id="record">{t('record')}</h2>
        <a href={auditHref(address.value.domain!, flag.record_id)}>{t('case.audit')}</a>
      </header>
      {error !== null && <Failure error={error} what={t('pii.failed')} />}
      {flag.record === null ? (
        <p class="muted">{t('why.too-large')}</p>
      ) : (
        <RecordTable record={flag.record} special={special} />
      )}
    </section>
  );
}
