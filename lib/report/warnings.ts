/** What the card warns of: inputs that may know the label. */
import type { ModelCard } from '../models/card.ts';
import { html } from './html.ts';
import type { Section } from './section.ts';

export function describeWarnings({ warnings = [] }: Pick<ModelCard, 'warnings'>): Section | null {
  if (warnings.length === 0) return null;
  return {
    id: 'warnings',
    title: 'Warnings',
    lead: 'The model may have learned from what is known only after the verdict. Then its figures are too good, and it fails on new records.',
    body: html`<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`,
  };
}
