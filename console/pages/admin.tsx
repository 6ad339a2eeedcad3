/** For administrators: how the stack is, in words; who came in which role; how it is set. */
import type { z } from 'zod';
import type { PeopleList, SettingsAnswer, StatusAnswer } from '../../lib/api/admin-schemas.ts';
import { get } from '../api/client.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { PagePart } from '../parts/page-part.tsx';
import { Time } from '../parts/time.tsx';
import { address } from '../state/address.ts';
import { domains, may, sayRole } from '../state/person.ts';
import { useLoad } from '../state/use-load.ts';
import { number } from '../words/format.ts';
import { language, t } from '../words/words.ts';

type Status = z.output<typeof StatusAnswer>;
type People = z.output<typeof PeopleList>;
type Settings = z.output<typeof SettingsAnswer>;

export function Admin() {
  document.title = `${t('nav.admin')} · Assay`;
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>{t('nav.admin')}</h1>
          <p>{t('admin.says')}</p>
        </div>
      </div>
      {may('administer') ? (
        <>
          <StatusPart />
          <PeoplePart />
          <SettingsPart />
        </>
      ) : (
        <Empty title={t('admin.refused')} />
      )}
    </>
  );
}

function StatusPart() {
  const { value, error, reload } = useLoad(`status ${language.value}`, (signal) =>
    get<Status>('/v1/status', { language: language.value }, signal),
  );
  return (
    <PagePart id="status" title={t('admin.status')} says={t('admin.status.says')}>
      {error !== null && <Failure error={error} what={t('list.failed')} retry={reload} />}
      {value === null && error === null && <Loading what={t('loading')} lines={3} />}
      {value !== null && <Shown status={value} />}
    </PagePart>
  );
}

function Shown({ status: { alarms, queues } }: { readonly status: Status }) {
  const on = alarms.filter(({ state }) => state === 'alarm');
  return (
    <>
      <dl class="cards three">
        <Card title={t('admin.alarms')} value={on.length} says={t('admin.alarms.of', { n: alarms.length })} />
        <Card title={t('admin.dead')} value={queues.dead_letters} says={t('admin.dead.says')} />
        <Card title={t('admin.arrivals')} value={queues.arrivals} says={t('admin.arrivals.says')} />
      </dl>
      {on.length === 0 ? (
        <p class="spaced">
          <span class={alarms.length === 0 ? 'muted' : 'yes'}>
            {t(alarms.length === 0 ? 'admin.no-alarms' : 'admin.quiet')}
          </span>
        </p>
      ) : (
        <table class="stack spaced">
          <caption class="vh">{t('admin.alarms')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('admin.alarm')}</th>
              <th scope="col">{t('admin.means')}</th>
              <th scope="col">{t('admin.since')}</th>
              <th scope="col">{t('admin.next')}</th>
            </tr>
          </thead>
          <tbody>
            {on.map(({ name, words, language: spoken, since, runbook }) => (
              <tr key={name}>
                <th scope="row" class="no">
                  {name}
                </th>
                <td class="said" lang={spoken}>
                  {words}
                </td>
                <td data-l={t('admin.since')}>{since === null ? '–' : <Time at={since} />}</td>
                <td data-l={t('admin.next')} class="code">
                  {runbook === null ? '–' : `runbook.md#${runbook}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Card({
  title,
  value,
  says,
}: {
  readonly title: string;
  readonly value: number;
  readonly says: string;
}) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <b class={value > 0 ? 'no' : undefined}>{number(value)}</b>
        <small>{says}</small>
      </dd>
    </div>
  );
}

/** A right is not a role, and a role in every domain comes before one in this. */
function rolesIn(roles: readonly string[], domain: string | null): string {
  return roles
    .map((role) => role.split(':') as [string, string?])
    .filter(([, of]) => (of ?? null) === domain)
    .map(([role]) => sayRole(role))
    .join(', ');
}

function PeoplePart() {
  const { value, error, reload } = useLoad('people', (signal) => get<People>('/v1/people', {}, signal));
  const items = value?.items ?? [];
  return (
    <PagePart id="people" title={t('admin.people', { n: items.length })} says={t('admin.people.says')}>
      {error !== null && <Failure error={error} what={t('list.failed')} retry={reload} />}
      {value === null && error === null && <Loading what={t('loading')} lines={6} />}
      {items.length > 0 && (
        <table class="stack">
          <caption class="vh">{t('admin.people', { n: items.length })}</caption>
          <thead>
            <tr>
              <th scope="col">{t('admin.person')}</th>
              <th scope="col">{t('admin.everywhere')}</th>
              {domains.value.map(({ name, title }) => (
                <th
                  key={name}
                  scope="col"
                  title={title}
                  class={name === address.value.domain ? 'strong' : undefined}
                >
                  {name}
                </th>
              ))}
              <th scope="col">{t('admin.seen')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ person, person_name, roles, seen }) => (
              <tr key={person}>
                <th scope="row" class="strong" title={person}>
                  <bdi>{person_name ?? person}</bdi>
                </th>
                <td data-l={t('admin.everywhere')}>{rolesIn(roles, null) || '–'}</td>
                {domains.value.map(({ name: domain }) => (
                  <td key={domain} data-l={domain}>
                    {rolesIn(roles, domain) || '–'}
                  </td>
                ))}
                <td data-l={t('admin.seen')}>
                  <Time at={seen} as="day" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </PagePart>
  );
}

function SettingsPart() {
  const { value, error, reload } = useLoad('settings', (signal) => get<Settings>('/v1/settings', {}, signal));
  return (
    <PagePart
      id="settings"
      title={t('admin.settings')}
      says={value === null ? '' : t('admin.settings.says', { stage: value.stage })}
    >
      {error !== null && <Failure error={error} what={t('list.failed')} retry={reload} />}
      {value !== null && value.changed.length === 0 && <p class="muted">{t('admin.settings.none')}</p>}
      {value !== null && value.changed.length > 0 && (
        <dl class="kv">
          {value.changed.map(({ key, value: text }) => (
            <div key={key}>
              <dt class="code">{key}</dt>
              <dd class="code">{text === '"…"' ? t('admin.settings.long') : text}</dd>
            </div>
          ))}
        </dl>
      )}
    </PagePart>
  );
}
