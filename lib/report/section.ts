/**
 * The pieces that sections are set in: a section is a heading, a sentence and a body; a figure is a drawing with a
 * caption; a table scrolls in its own box when it is wider than the page.
 */
import { Html, html } from './html.ts';

export interface Section {
  /** The anchor, unique in the page. */
  readonly id: string;
  readonly title: string;
  /** What is to be seen here, in a sentence or two. */
  readonly lead: string;
  readonly body: Html;
}

/** Widths that figures are drawn for, in CSS pixels. */
export const NARROW = 380;
export const WIDE = 860;

export function renderSection(section: Section, level: 2 | 3): Html {
  const heading = new Html(`h${level}`);
  return html`<section id="${section.id}" class="section">
<div class="intro"><${heading}>${section.title}</${heading}><p>${section.lead}</p></div>
<div class="body">${section.body}</div>
</section>
`;
}

export interface Drawing {
  readonly wide: Html;
  readonly narrow: Html | readonly Html[];
}

/** A drawing with its caption; one that needs room is drawn twice, and the page shows the one that fits. */
export function figure(
  title: string,
  says: string,
  drawing: Html | Drawing,
  legend: Html | null = null,
): Html {
  const drawn =
    drawing instanceof Html
      ? drawing
      : html`<div class="if-wide">${drawing.wide}</div><div class="if-narrow">${drawing.narrow}</div>`;
  return html`<figure><figcaption><strong>${title}</strong> ${says}</figcaption>${legend}${drawn}</figure>
`;
}

/** Figures side by side where there is room. */
export function figures(...list: readonly (Html | null)[]): Html {
  return html`<div class="figures">${list}</div>`;
}

/** Swatches with their meaning; colours are names of CSS variables. */
export function legend(entries: readonly (readonly [variable: string, meaning: string])[]): Html {
  return html`<p class="legend">${entries.map(
    ([variable, meaning]) =>
      html`<span><i class="swatch" style="background:var(--${variable})"></i>${meaning}</span>`,
  )}</p>`;
}

export interface TableColumn {
  readonly title: string;
  readonly numeric?: boolean;
}

/** A table of short cells; the first cell of a row is its heading. */
export function table(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | Html)[])[],
): Html {
  const cellClass = (column: number) => (columns[column]?.numeric ? 'number' : 'text');
  const head = columns.map((column, i) => html`<th scope="col" class="${cellClass(i)}">${column.title}</th>`);
  const body = rows.map(
    (row) => html`<tr>${row.map((cell, i) =>
      i === 0
        ? html`<th scope="row" class="${cellClass(i)}">${cell}</th>`
        : html`<td class="${cellClass(i)}">${cell}</td>`,
    )}</tr>
`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div>
`;
}
