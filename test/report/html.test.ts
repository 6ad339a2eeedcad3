import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { cleanText, Html, html, shorten } from '../../lib/report/html.ts';

describe('html', () => {
  it('escapes text, keeps markup, joins arrays and drops null', () => {
    const list = ['<b>', new Html('<i>x</i>'), 3, null];
    expect(html`<p title="${'"'}">${list}</p>`.text).toBe('<p title="&quot;">&lt;b&gt;<i>x</i>3</p>');
  });

  it('never lets a text become an element or end an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { document } = parseHTML(html`<html><body><p title="${text}">${text}</p></body></html>`.text);
        expect(document.querySelectorAll('body *').length).toBe(1);
        expect(document.querySelector('p')!.textContent).toBe(cleanText(text));
        expect(document.querySelector('p')!.getAttribute('title')).toBe(cleanText(text));
      }),
    );
  });
});

describe('shorten', () => {
  it('leaves a text that fits and ends one that does not in an ellipsis, never inside a character', () => {
    expect(shorten('abc', 3)).toBe('abc');
    expect(shorten('abcd', 3)).toBe('ab…');
    expect(shorten('a😀😀😀', 3)).toBe('a😀…');
  });
});
