/** What a table says of each flag: when, why, what was decided, how it scored. */
import type { Context } from '../state/case-context.ts';
import { nameOf } from '../state/pack-texts.ts';
import { score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { asUtc } from './facts.ts';
import { Time } from './time.tsx';

type Flag = Pick<Context['timeline']['items'][number], 'rules' | 'status' | 'score'>;

export function FlagHeads() {
  return (
    <>
      <th scope="col">{t('case.when')}</th>
      <th scope="col">{t('queue.rule')}</th>
      <th scope="col">{t('drops.state')}</th>
      <th scope="col" class="num">
        {t('score')}
      </th>
    </>
  );
}

/** `at`: null where it is not known. */
export function FlagCells({ flag, at }: { readonly flag: Flag; readonly at: string | null }) {
  const [rule] = flag.rules;
  return (
    <>
      <td data-l={t('case.when')}>{at === null ? '–' : <Time at={asUtc(at)} />}</td>
      <td data-l={t('queue.rule')}>{rule === undefined ? t('rule.none') : nameOf('rules', rule)}</td>
      <td data-l={t('drops.state')}>{t(`status.${flag.status}`)}</td>
      <td class="num strong" data-l={t('score')}>
        {score(flag.score)}
      </td>
    </>
  );
}
