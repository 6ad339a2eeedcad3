/** Files received, and what became of every record. */
import { useEffect, useState } from 'preact/hooks';
import type { z } from 'zod';
import type { DropList } from '../../lib/api/schemas.ts';
import { get } from '../api/client.ts';
import { uploadDrop } from '../api/files.ts';
import { alarm, say } from '../parts/live.tsx';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { Time } from '../parts/time.tsx';
import { address } from '../state/address.ts';
import { may } from '../state/person.ts';
import { useLoad } from '../state/use-load.ts';
import { number } from '../words/format.ts';
import { t } from '../words/words.ts';
import { DropDetail, nameOf, type ShownDrop } from './drop.tsx';

const LOOK_AGAIN_MS = 2_000;
const isUnderWay = ({ state }: ShownDrop) => state !== 'done' && state !== 'failed';

export function Drops() {
  const { domain, id } = address.value;
  const { value, error, reload } = useLoad(`drops ${domain}`, (signal) =>
    get<z.output<typeof DropList>>('/v1/drops', { domain: domain!, limit: 50 }, signal),
  );
  /** Keys of files that were sent and are not listed yet. */
  const [awaited, setAwaited] = useState<readonly string[]>([]);
  const items = value?.items ?? [];
  const isListed = (sent: string) => items.some(({ key }) => key === sent);
  const underWay = items.some(isUnderWay) || !awaited.every(isListed);
  useEffect(() => {
    if (!underWay) return;
    const timer = setTimeout(reload, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [underWay, value, error]);
  const shown =
    items.find((drop) => drop.id === id) ??
    (id === null ? items.find((one) => one.state === 'done') : undefined);
  document.title = `${t('nav.drops')} · Assay`;
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>{t('nav.drops')}</h1>
          <p>{t('drops.says')}</p>
        </div>
      </div>
      {may('upload') && (
        <UploadArea
          domain={domain!}
          sent={(key) => {
            setAwaited((before) => [...before, key]);
            reload();
          }}
        />
      )}
      {error !== null && <Failure error={error} what={t('list.failed')} retry={reload} />}
      {value === null && error === null && <Loading what={t('loading')} />}
      {value !== null && items.length === 0 && (
        <Empty title={t('drops.none')}>
          <p class="muted">{t('drops.none.next')}</p>
        </Empty>
      )}
      {items.length > 0 && <DropTable items={items} current={shown?.id ?? null} />}
      {shown !== undefined && <DropDetail key={`${shown.id} ${shown.state}`} drop={shown} />}
      {shown === undefined && value !== null && id !== null && <Unlisted id={id} />}
    </>
  );
}

/** One that a link names and the list does not have: an old one, or none at all. */
function Unlisted({ id }: { readonly id: string }) {
  const { value, error, reload } = useLoad(`drop ${id}`, (signal) =>
    get<ShownDrop>(`/v1/drops/${id}`, {}, signal),
  );
  if (error !== null) return <Failure error={error} what={t('list.failed')} retry={reload} />;
  return value === null ? <Loading what={t('loading')} /> : <DropDetail drop={value} />;
}

function DropTable({
  items,
  current,
}: {
  readonly items: readonly ShownDrop[];
  readonly current: string | null;
}) {
  const columns = ['received', 'scored', 'rejected', 'flagged'] as const;
  return (
    <table class="stack">
      <caption class="vh">{t('nav.drops')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('drops.file')}</th>
          <th scope="col">{t('drops.when')}</th>
          <th scope="col">{t('drops.state')}</th>
          {columns.map((name) => (
            <th key={name} scope="col" class="num">
              {t(`drops.count.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((drop) => (
          <tr key={drop.id} aria-current={drop.id === current ? 'true' : undefined}>
            <th scope="row" class="strong">
              <a href={`/${drop.domain}/drops/${drop.id}`}>{nameOf(drop)}</a>
            </th>
            <td data-l={t('drops.when')}>
              <Time at={drop.receivedAt} />
            </td>
            <td>
              <State drop={drop} />
            </td>
            {columns.map((name) => (
              <td key={name} class="num" data-l={t(`drops.count.${name}`)}>
                {drop.summary === null ? '–' : number(drop.summary[name])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ drop }: { readonly drop: ShownDrop }) {
  const { state, progress, warnings, reason } = drop;
  if (state === 'done') {
    return (
      <>
        <span class="yes">{t('state.done')}</span>
        {warnings.length > 0 && (
          <span class="small muted"> {t('drops.warnings', { n: warnings.length })}</span>
        )}
      </>
    );
  }
  if (state === 'failed') {
    return (
      <>
        <span class="no strong">{t('state.failed')}</span>
        <span class="small muted"> {reason}</span>
      </>
    );
  }
  const share = progress === null || progress.of === 0 ? 0 : progress.scored / progress.of;
  return (
    <>
      <b>{t(`state.${state}`)}</b>
      {progress !== null && <span> {t('drops.parts', { done: progress.scored, of: progress.of })}</span>}
      <ProgressBar share={share} />
    </>
  );
}

/** Takes files that are chosen, or dropped on it. */
function UploadArea({ domain, sent }: { readonly domain: string; readonly sent: (key: string) => void }) {
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isOver, setOver] = useState(false);
  const send = async (files: FileList | null) => {
    const [file] = files ?? [];
    if (file === undefined || share !== null) return;
    setError(null);
    setShare(0);
    let announced = 0;
    try {
      const key = await uploadDrop(domain, file, (part) => {
        setShare(part);
        // Each quarter is said: more is noise to who listens.
        const quarter = Math.floor(part * 4);
        if (quarter > announced) say(t('upload.share', { percent: quarter * 25 }));
        announced = Math.max(announced, quarter);
      });
      say(t('upload.sent'));
      sent(key);
    } catch (problem) {
      setError(problem);
      alarm(t('upload.failed'));
    }
    setShare(null);
  };
  return (
    <section
      class={isOver ? 'upload over' : 'upload'}
      aria-label={t('upload')}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void send(event.dataTransfer?.files ?? null);
      }}
    >
      <label class="button primary">
        {t('upload')}
        <input
          type="file"
          class="vh"
          onChange={({ currentTarget }) => {
            void send(currentTarget.files).then(() => {
              currentTarget.value = '';
            });
          }}
        />
      </label>
      <p class="muted">
        {share === null ? t('upload.says') : t('upload.share', { percent: Math.round(share * 100) })}
      </p>
      {share !== null && <ProgressBar share={share} />}
      {error !== null && <Failure error={error} what={t('upload.failed')} />}
    </section>
  );
}
