/** The frame of a page: one HTML file, with its top and its body, that loads nothing. */
import { Html, html } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { Section } from './section.ts';

export interface Page {
  readonly title: string;
  readonly top: Html;
  readonly body: Html | readonly Html[];
}

export function renderPage({ title, top, body }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Assay">
<title>${title}</title>
<style>${new Html(PAGE_STYLE)}</style>
</head>
<body>
<div class="page">
${top}<main>
${body}</main>
<footer>Made by Assay. This page is one file: it loads nothing and sends nothing.</footer>
</div>
</body>
</html>
`.text;
}

/** What a reader should know first: a name, a figure, and what it is of. */
export function renderCards(cards: readonly (readonly [name: string, value: string, note: string])[]): Html {
  return html`<dl class="cards">${cards.map(([name, value, note]) => html`<div><dt>${name}</dt><dd><b>${value}</b><small>${note}</small></dd></div>`)}</dl>`;
}

/** Links to the sections of a page. */
export function renderNav(sections: readonly Pick<Section, 'id' | 'title'>[]): Html {
  return html`<nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>`;
}
