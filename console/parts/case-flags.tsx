/** The flags of a case; those that are checked are what a verdict is on. */

import { address, caseHref } from '../state/address.ts';
import type { CaseDetail } from '../state/case-list.ts';
import { nameOf } from '../state/pack-texts.ts';
import { may } from '../state/person.ts';
import { toggled } from '../state/queue.ts';
import { score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { type CaseFlag, factsOf } from './case-head.tsx';
import { asUtc, titleOf } from './facts.ts';
import { Time } from './time.tsx';

export function CaseFlags({
  detail,
  current,
  chosen,
  choose,
}: {
  readonly detail: CaseDetail;
  readonly current: string;
  readonly chosen: ReadonlySet<string>;
  readonly choose: (chosen: ReadonlySet<string>) => void;
}) {
  const { flag_list: flags, more_flags } = detail;
  return (
    <section class="section" aria-labelledby="flags">
      <h2 id="flags">{t('case.flags', { n: detail.flags.open, total: detail.flags.total })}</h2>
      <table class="stack">
        <caption class="vh">{t('case.flags', { n: detail.flags.open, total: detail.flags.total })}</caption>
        <thead>
          <tr>
            <th scope="col" class="pick">
              <span class="vh">{t('case.include')}</span>
            </th>
            <th scope="col">{t('record')}</th>
            <th scope="col">{t('case.when')}</th>
            <th scope="col">{t('case.what')}</th>
            <th scope="col">{t('queue.rule')}</th>
            <th scope="col">{t('drops.state')}</th>
            <th scope="col" class="num">
              {t('score')}
            </th>
          </tr>
        </thead>
        <tbody>
          {flags.map((flag) => (
            <FlagRow
              key={flag.flag}
              detail={detail}
              flag={flag}
              isCurrent={flag.flag === current}
              isChosen={chosen.has(flag.flag)}
              toggle={() => choose(toggled(chosen, flag.flag))}
            />
          ))}
        </tbody>
      </table>
      {more_flags && <p class="muted small">{t('case.more-flags', { n: flags.length })}</p>}
    </section>
  );
}

function FlagRow({
  detail,
  flag,
  isCurrent,
  isChosen,
  toggle,
}: {
  readonly detail: CaseDetail;
  readonly flag: CaseFlag;
  readonly isCurrent: boolean;
  readonly isChosen: boolean;
  readonly toggle: () => void;
}) {
  const isOpen = flag.status === 'open';
  const [rule] = flag.rules;
  return (
    <tr aria-current={isCurrent ? 'true' : undefined}>
      <td class="pick">
        {isOpen && may('review') && (
          <input
            type="checkbox"
            checked={isChosen}
            aria-label={t('case.include-one', { record: flag.record_id })}
            onChange={toggle}
          />
        )}
      </td>
      <th scope="row" class="code">
        <a href={caseHref(address.value.domain!, detail.id, flag.flag)}>
          <bdi>{flag.record_id}</bdi>
        </a>
      </th>
      <td data-l={t('case.when')}>{flag.time === null ? '–' : <Time at={asUtc(flag.time)} />}</td>
      <td data-l={t('case.what')}>
        <bdi>{titleOf(factsOf(detail, flag), flag.record_id)}</bdi>
      </td>
      <td data-l={t('queue.rule')}>
        {rule === undefined ? <span class="muted">{t('rule.none')}</span> : nameOf('rules', rule)}
      </td>
      <td>
        {isOpen ? t(flag.pending === null ? 'status.open' : 'status.pending') : null}
        {!isOpen && <span class="yes">{t(`status.${flag.status}`)}</span>}
      </td>
      <td class="num strong" data-l={t('score')}>
        {score(flag.score)}
      </td>
    </tr>
  );
}
