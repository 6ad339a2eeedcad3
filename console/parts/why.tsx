/** Why: the reasons added up by what they speak of, or all of them. */
import { useEffect, useState } from 'preact/hooks';
import { onKeys } from '../state/listen-keys.ts';
import { exact, score, signed } from '../words/format.ts';
import { t } from '../words/words.ts';
import type { CaseFlag } from './case-head.tsx';
import { WaterfallList } from './waterfall.tsx';

const BILLION = 1e9;

export function Why({ flag }: { readonly flag: CaseFlag }) {
  const [isWhole, setWhole] = useState(false);
  useEffect(
    () =>
      onKeys(({ kind }) => {
        if (kind !== 'reasons') return false;
        setWhole((before) => !before);
        return true;
      }),
    [],
  );
  const { explanation } = flag;
  if (explanation === null) {
    return (
      <section class="section" aria-labelledby="why">
        <h2 id="why">{t('why.title', { score: score(flag.score) })}</h2>
        <p class="muted">{t('why.too-large')}</p>
      </section>
    );
  }
  const { contributions, base, score: total, unexplained } = explanation;
  const sum =
    contributions.reduce((all, { contribution }) => all + Math.round(contribution * BILLION), 0) / BILLION;
  return (
    <section class="section" aria-labelledby="why">
      <header>
        <h2 id="why">{t('why.title', { score: score(total) })}</h2>
        <button type="button" class="quiet small" aria-pressed={isWhole} onClick={() => setWhole(!isWhole)}>
          {t('why.all', { n: contributions.length })} <kbd aria-hidden="true">E</kbd>
        </button>
        <p>
          {t('why.adds-up')}{' '}
          <span class="nowrap">
            {exact(base)} {sum < 0 ? '−' : '+'} {exact(Math.abs(sum))} = {exact(total)}.
          </span>{' '}
          {unexplained !== undefined && t('why.unexplained', { part: signed(unexplained, 9) })}
        </p>
      </header>
      {contributions.length === 0 ? (
        <p class="muted">{t('why.none')}</p>
      ) : (
        <>
          <p class="legend">
            <span class="up">▶ {t('why.raises')}</span>
            <span class="down">◀ {t('why.lowers')}</span>
          </p>
          <WaterfallList key={String(isWhole)} explanation={explanation} isWhole={isWhole} />
        </>
      )}
    </section>
  );
}
