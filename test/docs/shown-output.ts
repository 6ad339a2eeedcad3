/** What a page shows a command to print, against what it printed. */

/** What differs from one run to the next; everything else is as shown, to the last sign. */
const CHANGING: readonly (readonly [what: RegExp, name: string])[] = [
  [/\bin \d+(?:\.\d+)? s\b/g, 'in <seconds> s'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>'],
];

function fixed(text: string): string {
  return CHANGING.reduce((left, [what, name]) => left.replaceAll(what, name), text).trimEnd();
}

/** Whether `printed` is what is shown. A `…` in `shown` stands for whatever is left out, and as a line of its own for any lines. */
export function isAsShown(shown: string, printed: string): boolean {
  const pattern = fixed(shown)
    .split(/^…$\n?/m)
    .map((part) =>
      part
        .split('…')
        .map((text) => RegExp.escape(text))
        .join('.*'),
    )
    .join('(?:.*\\n)*?');
  return new RegExp(`^${pattern}$`).test(fixed(printed));
}
