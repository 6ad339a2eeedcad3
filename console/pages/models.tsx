/** Which model decides, and whether another should. Opens on the candidate where one waits, else on the champion. */
import { get } from '../api/client.ts';
import { Failure, Loading } from '../parts/notice.tsx';
import { ThresholdPreview } from '../parts/threshold-preview.tsx';
import { Time } from '../parts/time.tsx';
import { address } from '../state/address.ts';
import type { Detail, Version, Versions } from '../state/models.ts';
import { useLoad } from '../state/use-load.ts';
import { t } from '../words/words.ts';
import { Comparison } from './model-comparison.tsx';
import { Decision, RollBack } from './model-decision.tsx';

export function Models() {
  const { domain, id } = address.value;
  const { value, error, reload } = useLoad(`models ${domain}`, (signal) =>
    get<Versions>(`/v1/models/${domain}`, {}, signal),
  );
  document.title = `${t('nav.models')} · Assay`;
  if (value === null) {
    return (
      <>
        <div class="head">
          <h1 tabIndex={-1}>{t('nav.models')}</h1>
        </div>
        {error !== null ? (
          <Failure error={error} what={t('list.failed')} retry={reload} />
        ) : (
          <Loading what={t('loading')} />
        )}
      </>
    );
  }
  const candidate = value.items.find(({ state }) => state === 'candidate');
  const shown =
    value.items.find(({ version }) => version === id) ??
    candidate ??
    value.items.find(({ version }) => version === value.champion);
  return (
    <>
      {shown !== undefined && <Shown key={shown.version} domain={domain!} version={shown} reload={reload} />}
      <VersionTable versions={value} current={shown?.version ?? null} reload={reload} />
    </>
  );
}

function Shown({
  domain,
  version,
  reload,
}: {
  readonly domain: string;
  readonly version: Version;
  readonly reload: () => void;
}) {
  const detail = useLoad(`model ${domain} ${version.version}`, (signal) =>
    get<Detail>(`/v1/models/${domain}/${version.version}`, {}, signal),
  );
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>
            {t(`model.state.${version.state}`)} <span class="code">{version.version}</span>
          </h1>
          <Origin version={version} detail={detail.value} />
        </div>
        <Decision version={version} domain={domain} done={reload} />
      </div>
      <Approvals version={version} />
      {detail.error !== null && (
        <Failure error={detail.error} what={t('list.failed')} retry={detail.reload} />
      )}
      {detail.value === null && detail.error === null && <Loading what={t('loading')} />}
      {detail.value !== null && <Comparison detail={detail.value} />}
      {version.state === 'champion' && <ThresholdPreview domain={domain} />}
    </>
  );
}

function Origin({ version, detail }: { readonly version: Version; readonly detail: Detail | null }) {
  const since = version.history.at(-1)?.at;
  return (
    <p>
      {since !== undefined && (
        <>
          {t('model.since')} <Time at={since} as="day" />.{' '}
        </>
      )}
      {detail !== null && t('model.trained', { n: detail.labelled, positives: detail.positives })}{' '}
      {version.state === 'candidate' && version.expires_at !== null && (
        <>
          {t('model.until')} <Time at={version.expires_at} as="day" />.
        </>
      )}
    </p>
  );
}

const NEEDED_APPROVALS = 2;

function Approvals({ version }: { readonly version: Version }) {
  if (version.state !== 'candidate') return null;
  const { approvals } = version;
  return (
    <div class="notice" role="status">
      <div>
        <p>
          <b>{t('model.approvals', { n: approvals.length, of: NEEDED_APPROVALS })}</b> {t('model.who-may')}
        </p>
        {approvals.map(({ by, by_name, at, comment }) => (
          <p key={by}>
            {by_name ?? by}, <Time at={at} />
            {comment !== null && `: “${comment}”`}
          </p>
        ))}
      </div>
    </div>
  );
}

function VersionTable({
  versions,
  current,
  reload,
}: {
  readonly versions: Versions;
  readonly current: string | null;
  readonly reload: () => void;
}) {
  return (
    <section class="section" aria-labelledby="versions">
      <header>
        <h2 id="versions">{t('model.versions')}</h2>
      </header>
      <table class="stack">
        <caption class="vh">{t('model.versions')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('model.version')}</th>
            <th scope="col">{t('drops.state')}</th>
            <th scope="col">{t('model.since')}</th>
            <th scope="col">{t('model.approved-by')}</th>
            <th scope="col">
              <span class="vh">{t('model.acts')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.items.map((one) => (
            <tr key={one.version} aria-current={one.version === current ? 'true' : undefined}>
              <th scope="row" class="code">
                <a href={`/${versions.domain}/models/${one.version}`}>{one.version}</a>
              </th>
              <td class={one.state === 'champion' ? 'strong' : undefined}>{t(`model.state.${one.state}`)}</td>
              <td data-l={t('model.since')}>
                <Since version={one} />
              </td>
              <td data-l={t('model.approved-by')}>
                {one.approvals.map(({ by, by_name }) => by_name ?? by).join(', ') || '–'}
              </td>
              <td>
                {one.version === versions.rollback_to && (
                  <RollBack domain={versions.domain} version={one.version} done={reload} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Since({ version }: { readonly version: Version }) {
  const at = version.history.at(-1)?.at;
  return <span>{at === undefined ? t('model.shipped') : <Time at={at} as="day" />}</span>;
}
