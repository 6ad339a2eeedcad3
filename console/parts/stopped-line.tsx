/** What people stopped in this domain, on every page: nothing new comes while it lasts. */
import { get } from '../api/client.ts';
import { address } from '../state/address.ts';
import { useLoad } from '../state/use-load.ts';
import { t } from '../words/words.ts';
import { Notice } from './notice.tsx';
import { Time } from './time.tsx';

interface Stops {
  readonly items: readonly {
    readonly model: string | null;
    readonly at: string;
    readonly by: string;
    readonly by_name?: string | null;
    readonly reason: string;
    readonly waiting_drops: number;
  }[];
}

/** Asked again on every page. */
export function StoppedLine() {
  const { domain, page } = address.value;
  const { value } = useLoad<Stops>(`stops ${domain} ${page}`, async (signal) =>
    domain === null ? { items: [] } : await get<Stops>('/v1/stops', { domain }, signal),
  );
  return (
    <>
      {(value?.items ?? []).map(({ model, at, by, by_name, reason, waiting_drops: n }) => (
        <Notice key={model ?? ''} alarm>
          <b>{model === null ? t('stopped') : t('stopped.model', { model })}</b>{' '}
          {t('stopped.by', { name: by_name ?? by })} <Time at={at} /> <bdi>{reason}</bdi>{' '}
          {t('stopped.waiting', { n })}
        </Notice>
      ))}
    </>
  );
}
