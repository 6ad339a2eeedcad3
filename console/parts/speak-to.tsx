/** Beneath a field whose words may speak to people: the names to choose from, which are loaded when the first `@` is written. */
import { laterPart } from './later.tsx';

const Mentions = laterPart('mentions');

export function SpeakTo(field: { readonly area: string; readonly text: string }) {
  return field.text.includes('@') ? <Mentions {...field} /> : null;
}
