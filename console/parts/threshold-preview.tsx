/** What another threshold would have flagged in the past days: to be moved and read; nothing is changed by it. */
import { useId, useState } from 'preact/hooks';
import type { z } from 'zod';
import type { ThresholdPreview as Preview } from '../../lib/api/model-schemas.ts';
import { get } from '../api/client.ts';
import { useLoad } from '../state/use-load.ts';
import { number, score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { Failure, Loading } from './notice.tsx';
import { Time } from './time.tsx';

type Answer = z.output<typeof Preview>;

export function ThresholdPreview({ domain }: { readonly domain: string }) {
  const { value, error, reload } = useLoad(`thresholds ${domain}`, (signal) =>
    get<Answer>(`/v1/models/${domain}/thresholds`, {}, signal),
  );
  return (
    <section class="section" aria-labelledby="thresholds">
      <header>
        <h2 id="thresholds">{t('threshold.title')}</h2>
        <p>{t('threshold.says')}</p>
      </header>
      {value === null && error === null && <Loading what={t('loading')} />}
      {error !== null && <Failure error={error} what={t('list.failed')} retry={reload} />}
      {value !== null &&
        (value.preview === null ? (
          <p class="muted">{t('threshold.none')}</p>
        ) : (
          <Chooser threshold={value.threshold} preview={value.preview} />
        ))}
    </section>
  );
}

function Chooser({
  threshold,
  preview: { day, days, scored, flagged, thresholds },
}: {
  readonly threshold: number;
  readonly preview: NonNullable<Answer['preview']>;
}) {
  const id = useId();
  const nearest = thresholds.findIndex((one) => one.threshold > threshold);
  const [isTable, setTable] = useState(false);
  const [at, setAt] = useState(nearest < 0 ? thresholds.length - 1 : nearest);
  const chosen = thresholds[at]!;
  const isHigher = chosen.threshold > threshold;
  const says = isHigher
    ? t('threshold.fewer', { n: chosen.lost_at_most, of: flagged })
    : t('threshold.more', { n: chosen.gained, flagged });
  return (
    <>
      <p>
        {t('threshold.seen', { days, scored, flagged })} <Time at={`${day}T00:00:00.000Z`} as="day" />.
      </p>
      <div class="threshold">
        <label for={id}>
          {t('threshold.other')} <b>{score(chosen.threshold)}</b>{' '}
          <span class="muted">{t('threshold.now', { threshold: score(threshold) })}</span>
        </label>
        <input
          id={id}
          type="range"
          min={0}
          max={thresholds.length - 1}
          value={at}
          aria-valuetext={`${score(chosen.threshold)}: ${says}`}
          onInput={(event) => setAt(Number(event.currentTarget.value))}
        />
        <p class="strong">{says}</p>
      </div>
      <button type="button" class="quiet small" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
        {t('as-table')}
      </button>
      {isTable && (
        <table>
          <caption class="vh">{t('threshold.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('threshold.column')}</th>
              <th scope="col" class="num">
                {t('threshold.gained')}
              </th>
              <th scope="col" class="num">
                {t('threshold.lost')}
              </th>
            </tr>
          </thead>
          <tbody>
            {thresholds.map((one) => (
              <tr key={one.threshold} aria-current={one === chosen ? 'true' : undefined}>
                <th scope="row">{score(one.threshold)}</th>
                <td class="num">{one.threshold > threshold ? '–' : number(one.gained)}</td>
                <td class="num">{one.threshold > threshold ? number(one.lost_at_most) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
