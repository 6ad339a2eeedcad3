/** One drop: received is scored and rejected, and each reject with its line, column, reason and text. */
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import type { Drop, DropFileList } from '../../lib/api/schemas.ts';
import { ApiError, get } from '../api/client.ts';
import { readDropFile, saveDropFile } from '../api/files.ts';
import { Failure, Loading } from '../parts/notice.tsx';
import { readCsv } from '../state/csv.ts';
import { may } from '../state/person.ts';
import { useLoad } from '../state/use-load.ts';
import { bytes, number, percent } from '../words/format.ts';
import { t } from '../words/words.ts';

export type ShownDrop = z.output<typeof Drop>;

/** More are read in the file. */
const MAX_SHOWN = 200;

export function DropDetail({ drop }: { readonly drop: ShownDrop }) {
  const { summary, warnings, model } = drop;
  return (
    <section class="section" aria-labelledby="drop">
      <header>
        <h2 id="drop">{nameOf(drop)}</h2>
        <a href={`/${drop.domain}/audit?drop=${drop.id}`}>{t('drops.verify')}</a>
      </header>
      {drop.reason !== null && <p class="error">{drop.reason}</p>}
      {warnings.length > 0 && (
        <ul class="warnings">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      {summary !== null && (
        <dl class="cards">
          <Card name={t('drops.count.received')} value={number(summary.received)} note={bytes(drop.bytes)} />
          <Card
            name={t('drops.count.scored')}
            value={number(summary.scored)}
            note={
              model === null
                ? ''
                : t('drops.by-model', { share: shareOf(summary.scored, summary.received), model })
            }
          />
          <Card
            name={t('drops.count.rejected')}
            value={number(summary.rejected)}
            note={t('drops.share', { share: shareOf(summary.rejected, summary.received) })}
          />
          <Card
            name={t('drops.count.flagged')}
            value={number(summary.flagged)}
            note={t('drops.share-of-scored', { share: shareOf(summary.flagged, summary.scored) })}
          />
        </dl>
      )}
      {summary !== null && summary.rejected > 0 && <Rejects drop={drop} count={summary.rejected} />}
      <Files drop={drop} />
    </section>
  );
}

function Card({
  name,
  value,
  note,
}: {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        <small>{note}</small>
      </dd>
    </div>
  );
}

function shareOf(part: number, whole: number): string {
  return whole === 0 ? '–' : percent(part / whole);
}

function Rejects({ drop, count }: { readonly drop: ShownDrop; readonly count: number }) {
  const { value, error, reload } = useLoad(`rejects ${drop.id}`, () => readDropFile(drop.id, 'rejects.csv'));
  const rows = value === null ? [] : readCsv(value);
  const isRefused = error instanceof ApiError && error.status === 403;
  return (
    <section class="section" aria-labelledby="rejects">
      <header>
        <h2 id="rejects">{t('rejects.title', { n: count })}</h2>
        {!isRefused && (
          <button type="button" onClick={() => void saveDropFile(drop.id, 'rejects.csv')}>
            {t('rejects.download')}
          </button>
        )}
        <p>{isRefused ? t('rejects.refused') : t('rejects.says')}</p>
      </header>
      {error !== null && !isRefused && <Failure error={error} what={t('list.failed')} retry={reload} />}
      {value === null && error === null && <Loading what={t('loading')} />}
      {rows.length > 0 && (
        <table class="stack">
          <caption class="vh">{t('rejects.title', { n: count })}</caption>
          <thead>
            <tr>
              <th scope="col" class="num">
                {t('rejects.line')}
              </th>
              <th scope="col">{t('rejects.column')}</th>
              <th scope="col">{t('rejects.reason')}</th>
              <th scope="col">{t('rejects.text')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MAX_SHOWN).map((row) => (
              <tr key={`${row.file ?? ''} ${row.line} ${row.column}`}>
                <td class="num" data-l={t('rejects.line')}>
                  {row.line}
                </td>
                <td class="code" data-l={t('rejects.column')}>
                  {row.column === '' ? t('rejects.whole') : row.column}
                </td>
                <td>{row.reason}</td>
                <td class="code muted small original" data-l={t('rejects.text')}>
                  {row.text}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Files({ drop }: { readonly drop: ShownDrop }) {
  const { value } = useLoad(`files ${drop.id}`, (signal) =>
    get<z.output<typeof DropFileList>>(`/v1/drops/${drop.id}/files`, {}, signal),
  );
  const [error, setError] = useState<unknown>(null);
  const files = (value?.items ?? []).filter(({ personal }) => !personal || may('read_pii'));
  if (files.length === 0) return null;
  return (
    <details class="files">
      <summary>{t('files.title')}</summary>
      <ul>
        {files.map(({ name, bytes: size }) => (
          <li key={name}>
            <button type="button" onClick={() => saveDropFile(drop.id, name).catch(setError)}>
              {name}
            </button>{' '}
            <span class="muted small">{bytes(size)}</span>
          </li>
        ))}
      </ul>
      {error !== null && <Failure error={error} what={t('list.failed')} />}
    </details>
  );
}

export function nameOf({ key }: ShownDrop): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
