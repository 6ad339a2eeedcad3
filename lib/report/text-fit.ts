/**
 * Text into lines that fit a width, where nothing can measure text: widths are those of a wide sans-serif face, so
 * that narrower ones fit too.
 */
import { cleanText } from './html.ts';

/** Widths in ems. */
function characterWidth(character: string): number {
  if (/[ijltfI.,:;'|!() -]/.test(character)) return 0.4;
  if (/[mwMW@%—…]/.test(character)) return 0.95;
  if (/[A-Z]/.test(character)) return 0.7;
  return character.codePointAt(0)! > 0x2e7f ? 1.05 : 0.62;
}

function textWidth(text: string, fontSize: number): number {
  let ems = 0;
  for (const character of text) ems += characterWidth(character);
  return ems * fontSize;
}

/** `text` in at most `maxLines` lines of `width` pixels; what does not fit ends in an ellipsis. */
export function fitLines(text: string, width: number, fontSize: number, maxLines: number): string[] {
  const lines: string[] = [];
  let line = '';
  const words = cleanText(text).trim().split(/ +/);
  for (const [i, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer, fontSize) <= width) {
      line = longer;
      continue;
    }
    if (lines.length === maxLines - 1 || line === '') {
      return [...lines, cutToWidth([line, ...words.slice(i)].join(' ').trim(), width, fontSize)];
    }
    lines.push(line);
    line = '';
    if (textWidth(word, fontSize) <= width) line = word;
    else return [...lines, cutToWidth(words.slice(i).join(' '), width, fontSize)];
  }
  return [...lines, line];
}

function cutToWidth(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const room = width - characterWidth('…') * fontSize;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += characterWidth(character) * fontSize;
    if (used > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
