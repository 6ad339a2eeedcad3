/** What was decided about a record and who did what, with the proof of the drop's log computed in this browser. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { z } from 'zod';
import type { AuditAnswer } from '../../lib/api/schemas.ts';
import { ApiError, get } from '../api/client.ts';
import { readDropFile } from '../api/files.ts';
import { Empty, Failure, Loading, Notice } from '../parts/notice.tsx';
import { SignatureCheck } from '../parts/signature-check.tsx';
import { Time } from '../parts/time.tsx';
import { address, go, withQueryOf } from '../state/address.ts';
import { onKeys } from '../state/listen-keys.ts';
import { useLoad } from '../state/use-load.ts';
import { type CheckedEntry, type CheckedLog, checkLog, isIntact } from '../state/verify-log.ts';
import { exact, number, score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { sayEvent, saySignature } from './audit-words.ts';

type Answer = z.output<typeof AuditAnswer>;

export function Audit() {
  const { query } = address.value;
  const about = query.get('about');
  const drop = query.get('drop');
  document.title = `${t('nav.audit')} · Assay`;
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>{t('nav.audit')}</h1>
          <p>{t('audit.says')}</p>
        </div>
      </div>
      <Search key={about} about={about ?? ''} />
      {about === null && drop === null && (
        <Empty title={t('audit.empty')}>
          <p class="muted">{t('audit.empty.next')}</p>
        </Empty>
      )}
      {about !== null && <About record={about} />}
      {about === null && drop !== null && <DropLog drop={drop} about={null} />}
    </>
  );
}

function Search({ about }: { readonly about: string }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(
    () =>
      onKeys(({ kind }) => {
        if (kind !== 'search') return false;
        input.current?.focus();
        return true;
      }),
    [],
  );
  return (
    <form
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        go(withQueryOf({ about: input.current?.value.trim() ?? null, drop: null }));
      }}
    >
      <div class="search broad">
        <label class="vh" for="about">
          {t('audit.about')}
        </label>
        <input ref={input} id="about" type="search" defaultValue={about} placeholder={t('audit.about')} />
      </div>
      <button type="submit">{t('audit.search')}</button>
    </form>
  );
}

function About({ record }: { readonly record: string }) {
  const { domain } = address.value;
  const { value, error, reload } = useLoad(`audit ${domain} ${record}`, (signal) =>
    get<Answer>('/v1/audit', { domain: domain!, record }, signal),
  );
  if (error !== null) return <Failure error={error} what={t('list.failed')} retry={reload} />;
  if (value === null) return <Loading what={t('loading')} />;
  const [decision] = value.decisions;
  if (decision === undefined && value.entries.length === 0) {
    return (
      <Empty title={t('audit.none', { record })}>
        <p class="muted">{t('audit.none.next')}</p>
      </Empty>
    );
  }
  return (
    <>
      {decision !== undefined && <DropLog key={decision.drop} drop={decision.drop} about={record} />}
      <div class="case">
        <Acts entries={value.entries} record={record} />
        <aside class="side" aria-label={t('audit.decision')}>
          {value.decisions.map((one) => (
            <Decision key={one.flag} flag={one} />
          ))}
        </aside>
      </div>
    </>
  );
}

function Acts({ entries, record }: { readonly entries: Answer['entries']; readonly record: string }) {
  return (
    <section class="section" aria-labelledby="acts">
      <header>
        <h2 id="acts">{t('audit.acts', { record })}</h2>
        <p>{t('audit.acts.says')}</p>
      </header>
      {entries.length === 0 ? (
        <p class="muted">{t('audit.acts.none')}</p>
      ) : (
        <table class="stack">
          <caption class="vh">{t('audit.acts', { record })}</caption>
          <thead>
            <tr>
              <th scope="col" class="num">
                {t('audit.entry')}
              </th>
              <th scope="col">{t('audit.what')}</th>
              <th scope="col">{t('audit.by')}</th>
              <th scope="col">{t('audit.when')}</th>
              <th scope="col">{t('audit.hash')}</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={`${entry.domain} ${entry.seq}`}>
                <td class="num code" data-l={t('audit.entry')}>
                  {number(entry.seq)}
                </td>
                <th scope="row" class="strong">
                  {sayEvent(entry)}
                  {saySignature(entry) !== null && (
                    <span class="small muted block">{saySignature(entry)}</span>
                  )}
                  <SignatureCheck data={entry.data} record={record} />
                </th>
                <td data-l={t('audit.by')}>{entry.actor_name ?? entry.actor}</td>
                <td data-l={t('audit.when')}>{entry.at === null ? '–' : <Time at={entry.at} />}</td>
                <td class="code muted" data-l={t('audit.hash')} title={entry.hash}>
                  {shorten(entry.hash)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Decision({ flag }: { readonly flag: Answer['decisions'][number] }) {
  const rows = [
    [t('audit.score'), exact(flag.score)],
    [t('audit.threshold'), exact(flag.threshold)],
    [t('drops.state'), t(`status.${flag.status}`)],
    [t('audit.model'), flag.model],
    [t('audit.decision'), shorten(flag.flag)],
  ] as const;
  return (
    <div class="panel">
      <h2>{t('audit.decision.title', { score: score(flag.score) })}</h2>
      <dl class="kv">
        {rows.map(([name, shown]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{shown}</dd>
          </div>
        ))}
      </dl>
      <p class="muted small">{t('audit.replay')}</p>
      <p class="code small">assay replay --run run --record {flag.record_id}</p>
    </div>
  );
}

/** The log of the drop in which the record was scored, verified line by line. */
function DropLog({ drop, about }: { readonly drop: string; readonly about: string | null }) {
  const { value, error, reload } = useLoad(`log ${drop}`, async () => {
    const [log, seal] = await Promise.all([
      readDropFile(drop, 'audit.jsonl'),
      readDropFile(drop, 'seal.json'),
    ]);
    return { checked: await checkLog(log, seal), seal: JSON.parse(seal) as { sealed_at: string } };
  });
  if (error instanceof ApiError && error.status === 404) return <Notice>{t('audit.no-log')}</Notice>;
  if (error !== null) return <Failure error={error} what={t('audit.unverified')} retry={reload} />;
  if (value === null) return <Loading what={t('audit.verifying')} lines={2} />;
  const { checked, seal } = value;
  const total = checked.entries.length + checked.unreadable;
  const good = checked.entries.filter(({ fault }) => fault === null).length;
  const first = checked.entries.find(({ fault }) => fault !== null);
  return (
    <>
      <Notice
        alarm={!isIntact(checked)}
        action={
          <button type="button" onClick={reload}>
            {t('audit.verify')}
          </button>
        }
      >
        <b class={isIntact(checked) ? 'yes' : 'no'}>
          {t(isIntact(checked) ? 'audit.intact' : 'audit.broken')}
        </b>{' '}
        {t('audit.verified', { n: good, of: total })}{' '}
        {first !== undefined &&
          t(first.fault === 'hash' ? 'audit.changed' : 'audit.out-of-chain', { n: first.entry.seq })}{' '}
        {!checked.isSealed && t('audit.not-sealed')} {t('audit.sealed')} <Time at={seal.sealed_at} />.{' '}
        {t('audit.head')} <span class="code">{shorten(checked.head)}</span>
      </Notice>
      <LogTable checked={checked} about={about} />
    </>
  );
}

const MAX_ENTRIES = 100;

function LogTable({ checked, about }: { readonly checked: CheckedLog; readonly about: string | null }) {
  const [isAll, setAll] = useState(false);
  const frames = ['run_started', 'rejected', 'scored', 'sealed'];
  const matches = ({ entry, fault }: CheckedEntry) =>
    fault !== null ||
    frames.includes(entry.event) ||
    entry.subject === about ||
    entry.data.record_id === about;
  const shown = isAll || about === null ? checked.entries : checked.entries.filter(matches);
  return (
    <section class="section" aria-labelledby="log">
      <header>
        <h2 id="log">{t('audit.log')}</h2>
        {about !== null && (
          <button type="button" class="quiet small" aria-pressed={isAll} onClick={() => setAll(!isAll)}>
            {t('audit.all', { n: checked.entries.length })}
          </button>
        )}
        <p>{t('audit.log.says')}</p>
      </header>
      <table class="stack">
        <caption class="vh">{t('audit.log')}</caption>
        <thead>
          <tr>
            <th scope="col" class="num">
              {t('audit.entry')}
            </th>
            <th scope="col">{t('audit.what')}</th>
            <th scope="col">{t('audit.by')}</th>
            <th scope="col">{t('audit.hash')}</th>
            <th scope="col">{t('audit.before')}</th>
            <th scope="col">{t('audit.chain')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.slice(0, MAX_ENTRIES).map(({ entry, fault }) => (
            <tr key={entry.seq}>
              <td class="num code" data-l={t('audit.entry')}>
                {number(entry.seq)}
              </td>
              <th scope="row" class="strong">
                {sayEvent(entry)}
              </th>
              <td data-l={t('audit.by')}>{entry.actor}</td>
              <td class="code muted" data-l={t('audit.hash')} title={entry.hash}>
                {shorten(entry.hash)}
              </td>
              <td class="code muted" data-l={t('audit.before')} title={entry.prev}>
                {shorten(entry.prev)}
              </td>
              <td class={fault === null ? 'yes small' : 'no small'}>
                {t(fault === null ? 'audit.entry.intact' : 'audit.entry.broken')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length > MAX_ENTRIES && (
        <p class="muted small">{t('audit.more', { n: shown.length - MAX_ENTRIES })}</p>
      )}
    </section>
  );
}

function shorten(hash: string): string {
  return hash.length > 16 ? `${hash.slice(0, 12)}…` : hash;
}
