/** The case under the cursor, read without opening it: on wide screens only. */
import { useEffect, useState } from 'preact/hooks';
import { address, caseHref } from '../state/address.ts';
import { type CaseDetail, currentId, readCase } from '../state/case-list.ts';
import { nameOf } from '../state/pack-texts.ts';
import { score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { RuleChip } from './chip.tsx';
import { asUtc, headOf, titleOf } from './facts.ts';
import { Odds } from './odds.tsx';
import { Time } from './time.tsx';
import { WaterfallList } from './waterfall.tsx';

const WIDE = '(min-width: 1360px)';
/** Anyone who runs through the list reads nothing on the way. */
const STILL_MS = 120;

export function Peek() {
  const id = currentId.value;
  const [detail, setDetail] = useState<CaseDetail | null>(null);
  useEffect(() => {
    if (id === null || !matchMedia(WIDE).matches) return;
    let isCurrent = true;
    const timer = setTimeout(() => {
      readCase(id).then(
        (found) => isCurrent && setDetail(found),
        () => isCurrent && setDetail(null),
      );
    }, STILL_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [id]);
  if (detail === null || detail.id !== id)
    return <aside class="peek" aria-label={t('peek')} aria-busy="true" />;
  const { top_flag: top } = detail;
  const flag = detail.flag_list.find((one) => one.flag === top.id) ?? detail.flag_list[0];
  const { rest } = headOf(top.facts);
  const [rule] = top.rules;
  return (
    <aside class="peek" aria-label={t('peek')}>
      <p class="muted small">
        <bdi>{detail.entity ?? top.record_id}</bdi> · {t('peek.flags', { n: detail.flags.open })} ·{' '}
        <bdi>{top.record_id}</bdi>
      </p>
      <h2>
        <bdi>{titleOf(top.facts, top.record_id)}</bdi>
      </h2>
      <p class="fact small">
        {top.time !== null && (
          <b>
            <Time at={asUtc(top.time)} />
          </b>
        )}
        <span>{rest.slice(1, 4).join(' · ')}</span>
        <span>
          {t('score')} <b>{score(detail.score)}</b>
        </span>
      </p>
      <p>
        <RuleChip severity={rule?.severity ?? null} name={nameOf('rules', rule?.id ?? '')} withWord />
      </p>
      {rule !== undefined && <p class="small">{nameOf('rules_say', rule.id, rule.words)}</p>}
      {flag?.explanation != null && (
        <>
          <WaterfallList explanation={flag.explanation} isBrief />
          <p class="muted small">
            <Odds explanation={flag.explanation} />
          </p>
        </>
      )}
      <p>
        <a class="button" href={caseHref(address.value.domain!, detail.id)}>
          {t('queue.open')} <kbd aria-hidden="true">Enter</kbd>
        </a>
      </p>
    </aside>
  );
}
