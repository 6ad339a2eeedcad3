/** What the model looks at, by the groups in which reasons are added up. */

import { Formula, type Pack, Sentence } from '../parts/pack-parts.tsx';
import { PagePart } from '../parts/page-part.tsx';
import { nameOf } from '../state/pack-texts.ts';
import { t } from '../words/words.ts';

type Feature = Pack['features'][number];

/** In the order of the pack; what stands by itself comes last. */
function byGroup(features: readonly Feature[]): readonly (readonly [string | null, readonly Feature[]])[] {
  const groups = new Map<string | null, Feature[]>();
  for (const one of features) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  const alone = groups.get(null);
  groups.delete(null);
  return alone === undefined ? [...groups] : [...groups, [null, alone]];
}

export function PackFeatures({ pack: { features } }: { readonly pack: Pack }) {
  return (
    <PagePart id="features" title={t('pack.features', { n: features.length })} says={t('pack.features.says')}>
      <ul class="fall">
        {byGroup(features).map(([group, members]) => (
          <li key={group}>
            <details class="group">
              <summary>
                <b>{group === null ? t('pack.no-group') : nameOf('groups', group, group)}</b>
                <span class="muted small">
                  {members.some(({ context }) => context) && `${t('why.context')} `}
                  {t('pack.members', { n: members.length })}
                </span>
              </summary>
              <dl class="kv">
                {members.map((one) => (
                  <div key={one.name}>
                    <dt>{nameOf('features', one.name)}</dt>
                    <dd>
                      {one.words !== null && <Sentence text={one.words} />}
                      {one.kind === 'feature' ? (
                        <Formula text={one.is} />
                      ) : (
                        <span class="muted small">{t(`pack.kind.${one.kind}`)}</span>
                      )}
                    </dd>
                  </div>
                ))}
              </dl>
            </details>
          </li>
        ))}
      </ul>
    </PagePart>
  );
}
