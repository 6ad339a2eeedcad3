/** A part of a page: its head, what it is in a sentence, and what it holds. */
import type { ComponentChildren } from 'preact';

export function PagePart({
  id,
  title,
  says,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly says: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="section" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {says !== '' && <p>{says}</p>}
      </header>
      {children}
    </section>
  );
}
