/** What the card warns of: inputs that may know the label, a threshold that says nothing, what an import could not show. */
import type { ModelCard } from '../models/card.ts';
import { html } from './html.ts';
import type { Section } from './section.ts';

export function describeWarnings({ warnings = [] }: Pick<ModelCard, 'warnings'>): Section | null {
  if (warnings.length === 0) return null;
  return {
    id: 'warnings',
    title: 'Warnings',
    lead: 'Read these before the figures: they say what makes figures or flags doubtful.',
    body: html`<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`,
  };
}
