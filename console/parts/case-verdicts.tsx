/** The verdicts on the flag that is shown, each with its signature: it stands wherever the record does, on paper too. */
import { moment, utc } from '../words/format.ts';
import { t } from '../words/words.ts';
import type { CaseFlag } from './case-head.tsx';

export function CaseVerdicts({ flag }: { readonly flag: CaseFlag }) {
  if (flag.reviews.length === 0) return null;
  return (
    <section class="section" aria-labelledby="verdicts">
      <h2 id="verdicts">{t('verdicts.title')}</h2>
      <ol class="events wide-events">
        {flag.reviews.map((review) => {
          const { place, verdict, by, by_name, at, reason, note, signature, withdrawn_at, unconfirmed } =
            review;
          const spokenTo = review.mentions.map((one) => one.person_name ?? one.person).join(', ');
          return (
            <li key={place}>
              <time dateTime={at} title={utc(at)}>
                {moment(at)}
              </time>
              <span>
                <b>{t(`status.${verdict}`)}</b>, {by_name ?? by}
                {withdrawn_at !== null && <span class="muted"> · {t('verdicts.withdrawn')}</span>}
                {withdrawn_at === null && unconfirmed && (
                  <span class="muted"> · {t('verdicts.unconfirmed')}</span>
                )}
                <span class="muted small block">
                  <bdi>{[reason, note].filter(Boolean).join(' · ')}</bdi>
                </span>
                {spokenTo !== '' && (
                  <span class="small block">
                    <bdi>{t('mention.to', { who: spokenTo })}</bdi>
                  </span>
                )}
                {signature !== null && (
                  <span class="signature small block">
                    {t('verdicts.signed', {
                      who: signature.name,
                      at: utc(at),
                      meaning: meaningOf(signature.meaning),
                    })}
                    {signature.hash !== undefined && (
                      <span class="code muted" title={signature.hash}>
                        {' '}
                        {signature.hash.slice(0, 12)}…
                      </span>
                    )}
                  </span>
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** As it was chosen here; another client may write its own. */
export function meaningOf(meaning: string): string {
  return meaning === 'review' || meaning === 'responsibility' ? t(`sign.meaning.${meaning}`) : meaning;
}
