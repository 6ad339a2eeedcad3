/** Severity, shown four times: a word, the number of bars, the fill, and last the hue. */
import { type Key, t } from '../words/words.ts';

const LEVELS = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof LEVELS)[number];

export function RuleChip({
  severity,
  name,
  withWord = false,
}: {
  readonly severity: Severity | null;
  readonly name: string;
  readonly withWord?: boolean;
}) {
  if (severity === null) return <span class="chip none">{t('rule.none')}</span>;
  const level = LEVELS.indexOf(severity);
  const word = t(`severity.${severity}` as Key);
  return (
    <span class={`chip ${severity}`}>
      <svg width="14" height="11" viewBox="0 0 14 11" aria-hidden="true">
        {LEVELS.map((one, at) => {
          const height = 3 + at * 2.6;
          return (
            <rect
              key={one}
              class={at <= level ? 'on' : 'off'}
              x={at * 3.6}
              y={11 - height}
              width="2.6"
              height={height}
            />
          );
        })}
      </svg>
      {!withWord && <span class="vh">{t('rule.named', { severity: word })} </span>}
      <span class="cut">{name}</span>
      {withWord && <span> · {word}</span>}
    </span>
  );
}
