/** What the domain watches: its rules first, then what raises a score, how verdicts are given, and what a record is. */
import { get } from '../api/client.ts';
import { RuleChip } from '../parts/chip.tsx';
import { Failure, Loading } from '../parts/notice.tsx';
import { Formula, type Pack, Sentence } from '../parts/pack-parts.tsx';
import { PagePart } from '../parts/page-part.tsx';
import { address } from '../state/address.ts';
import { nameOf, titleOr } from '../state/pack-texts.ts';
import { useLoad } from '../state/use-load.ts';
import { hoursLeft, number, percent, score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { PackColumns, PackParameters } from './pack-columns.tsx';
import { PackFeatures } from './pack-features.tsx';

export function Packs() {
  const { domain } = address.value;
  const { value, error, reload } = useLoad(`pack ${domain}`, (signal) =>
    get<Pack>(`/v1/packs/${domain}`, {}, signal),
  );
  document.title = `${t('nav.packs')} · Assay`;
  if (value === null) {
    return (
      <>
        <div class="head">
          <h1 tabIndex={-1}>{t('nav.packs')}</h1>
        </div>
        {error !== null ? (
          <Failure error={error} what={t('list.failed')} retry={reload} />
        ) : (
          <Loading what={t('loading')} lines={12} />
        )}
      </>
    );
  }
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>{titleOr(value.title)}</h1>
          <p>
            {t('pack.version', { n: value.pack_version })}{' '}
            <span class="code" title={value.pack_hash}>
              {value.pack_hash.slice(0, 12)}
            </span>
            . {t('pack.model')}{' '}
            <a class="code" href={`/${domain}/models/${value.model}`}>
              {value.model}
            </a>
            .
          </p>
        </div>
      </div>
      <Summary pack={value} />
      <Rules pack={value} />
      <PackFeatures pack={value} />
      <Reviews pack={value} />
      <PackColumns pack={value} />
      <PackParameters pack={value} />
    </>
  );
}

function Summary({ pack: { threshold, record, base_currency } }: { readonly pack: Pack }) {
  const { policy, aim } = threshold;
  const aimed = policy === 'min_recall' ? percent(aim ?? 0) : number(aim ?? 0);
  return (
    <dl class="cards three">
      <div>
        <dt>{t('pack.threshold')}</dt>
        <dd>
          <b>{score(threshold.value)}</b>
          <small>
            {t(threshold.set_by_people ? 'pack.policy.people' : `pack.policy.${policy}`, { aim: aimed })}
          </small>
        </dd>
      </div>
      <div>
        <dt>{t('pack.case')}</dt>
        <dd>
          <b>{record.entity === null ? '–' : nameOf('columns', record.entity)}</b>
          <small>{t('pack.case.says')}</small>
        </dd>
      </div>
      <div>
        <dt>{t('pack.record')}</dt>
        <dd>
          <b>{record.id.length === 0 ? '–' : record.id.map((id) => nameOf('columns', id)).join(' + ')}</b>
          <small>
            {[record.time === null ? null : nameOf('columns', record.time), base_currency]
              .filter((part) => part !== null)
              .join(' · ')}
          </small>
        </dd>
      </div>
    </dl>
  );
}

function Rules({ pack: { rules } }: { readonly pack: Pack }) {
  return (
    <PagePart id="rules" title={t('pack.rules', { n: rules.length })} says={t('pack.rules.says')}>
      <table class="stack">
        <caption class="vh">{t('pack.rules', { n: rules.length })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('queue.rule')}</th>
            <th scope="col">{t('pack.because')}</th>
            <th scope="col">{t('pack.effect')}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map(({ id, severity, because, when, flags_by_itself }) => (
            <tr key={id}>
              <th scope="row">
                <RuleChip severity={severity} name={nameOf('rules', id)} withWord />
              </th>
              <td class="said">
                <Sentence text={nameOf('rules_say', id, because)} />
                <Formula text={when} />
              </td>
              <td data-l={t('pack.effect')}>{t(flags_by_itself ? 'pack.flags' : 'pack.shows')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </PagePart>
  );
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'none'] as const;
const VERDICTS = ['true_positive', 'false_positive', 'inconclusive'] as const;

function Reviews({ pack: { review } }: { readonly pack: Pack }) {
  const { signature, four_eyes: fourEyes } = review;
  return (
    <PagePart
      id="reviews"
      title={t('pack.reviews')}
      says={`${t(`pack.signature.${signature}`)} ${
        fourEyes === null
          ? t('pack.one-person')
          : t('pack.four-eyes', { severity: t(`severity.${fourEyes}`) })
      }`}
    >
      <dl class="kv">
        {SEVERITIES.map((severity) => (
          <div key={severity}>
            <dt>{t(severity === 'none' ? 'rule.none' : `severity.${severity}`)}</dt>
            <dd>{t('pack.due', { time: hoursLeft(review.due[severity]) })}</dd>
          </div>
        ))}
      </dl>
      <dl class="kv spaced">
        {VERDICTS.map((verdict) => (
          <div key={verdict}>
            <dt>{t(`status.${verdict}`)}</dt>
            <dd>
              {review.reasons[verdict].length === 0 ? (
                <span class="muted">{t('counts.written')}</span>
              ) : (
                <ul>
                  {review.reasons[verdict].map(({ code, words }) => (
                    <li key={code}>
                      {nameOf('reasons', code, words)} <span class="code muted small">{code}</span>
                    </li>
                  ))}
                </ul>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </PagePart>
  );
}
