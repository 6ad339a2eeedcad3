/** A signature in the log held against the record as it is now: moved to another record, or with anything changed, it does not fit. */
import type { z } from 'zod';
import type { Flag } from '../../lib/api/schemas.ts';
import { get } from '../api/client.ts';
import { signedIn } from '../state/signed-entry.ts';
import { useLoad } from '../state/use-load.ts';
import { t } from '../words/words.ts';

export function SignatureCheck({
  data,
  record,
}: {
  readonly data: Readonly<Record<string, unknown>>;
  readonly record: string;
}) {
  const signed = signedIn(data, record);
  return signed === null ? null : <Checked signed={signed} />;
}

function Checked({ signed }: { readonly signed: NonNullable<ReturnType<typeof signedIn>> }) {
  const { value, error } = useLoad(`signature ${signed.flag} ${signed.place}`, (signal) =>
    get<z.output<typeof Flag>>(`/v1/flags/${signed.flag}`, {}, signal),
  );
  if (error !== null) return <span class="muted small block">{t('audit.signature.unread')}</span>;
  if (value === null) return null;
  const own = value.reviews.find(({ place }) => place === signed.place)?.signature;
  const fits = own?.hash === signed.hash;
  return (
    <span class={fits ? 'yes small block' : 'no small block'} title={signed.hash}>
      {t(fits ? 'audit.signature.fits' : 'audit.signature.broken')}
    </span>
  );
}
