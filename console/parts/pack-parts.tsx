/** What the parts of a pack's page are made of. */
import type { z } from 'zod';
import type { PackAnswer } from '../../lib/api/pack-schemas.ts';
import { t } from '../words/words.ts';

export type Pack = z.output<typeof PackAnswer>;

/** A sentence of the pack: what is filled in stands out. `{n|payment|payments}` is a word that follows a number. */
export function Sentence({ text }: { readonly text: string }) {
  return (
    <p>
      {text.split(/(\{[^}]+\})/).map((part, at) => {
        const [, name, plural] = /^\{\$?([^|}:]+)(?:\|.*\|(.*)|:[^}]*)?\}$/.exec(part) ?? [];
        if (name === undefined) return part;
        return plural === undefined ? <i key={at}>{name.replaceAll('_', ' ')}</i> : plural;
      })}
    </p>
  );
}

export function Formula({ text }: { readonly text: string }) {
  return (
    <details class="formula">
      <summary class="small muted">{t('pack.formula')}</summary>
      <code class="code small">{text}</code>
    </details>
  );
}
