/** The fenced blocks of the documentation. */
import { globSync, readFileSync } from 'node:fs';

export interface Block {
  /** As `docs/packs.md`. */
  readonly page: string;
  /** The line of the fence that opens it, from 1. */
  readonly line: number;
  /** What the fence names: `sh`, `yaml`, …; '' where it names none. */
  readonly language: string;
  /** The heading that it stands under. */
  readonly heading: string;
  readonly text: string;
}

export const PAGES: readonly string[] = globSync(['*.md', 'samples/*.md', 'docs/**/*.md']).toSorted();

/** In the order of the page. Throws an Error for a fence that nothing closes. */
export function readBlocks(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = readFileSync(page, 'utf8').split('\n');
  let heading = '';
  for (let at = 0; at < lines.length; at++) {
    heading = /^#+ (.*)$/.exec(lines[at]!)?.[1] ?? heading;
    const language = /^ *```(.*)$/.exec(lines[at]!)?.[1];
    if (language === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && /^ *```$/.test(line));
    if (end < 0) throw new Error(`${page}:${at + 1}: nothing closes this block`);
    blocks.push({ page, line: at + 1, language, heading, text: lines.slice(at + 1, end).join('\n') });
    at = end;
  }
  return blocks;
}

export const where = ({ page, line }: Block): string => `${page}:${line}`;

/** What stands in backquotes in the prose of a page, line ends as spaces. */
export function readInlineCode(page: string): string[] {
  const prose = readFileSync(page, 'utf8').replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replaceAll(/\s+/g, ' ').trim());
}
