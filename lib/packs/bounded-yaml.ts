/**
 * YAML from anyone, read in bounded time and memory: its nodes, its plain values and what is wrong with its form, or an InputError
 * where it is larger or deeper than a pack ever is.
 */
import { isScalar, type LineCounter, type Node, type ParsedNode, parseDocument, visit } from 'yaml';
import { InputError } from '../errors.ts';
import { MAX_NAME_CHARACTERS, MAX_PACK_BYTES, MAX_YAML_DEPTH } from './pack-limits.ts';

/** How often anchors may be used; each use is a copy. */
const MAX_ALIASES = 100;
/** Brackets open at once, or dashes in a row: the parser calls itself for each. */
const MAX_OPEN = 200;

export interface YamlProblem {
  readonly offset: number;
  readonly text: string;
}

export interface BoundedYaml {
  readonly contents: ParsedNode | null;
  /** Maps as `Map`s with text keys: they keep the order of keys such as "2019" and have no prototype to clash with. */
  readonly plain: unknown;
  readonly problems: readonly YamlProblem[];
}

export function readYaml(yaml: string, file: string, lineCounter: LineCounter): BoundedYaml {
  const bytes = Buffer.byteLength(yaml);
  if (bytes > MAX_PACK_BYTES)
    throw new InputError(`${file}: found ${bytes} bytes, expected at most ${MAX_PACK_BYTES}`);
  if (opensTooDeep(yaml)) throw tooDeep(file);
  // The parser compares each key with all others of its map; a set does it in one pass.
  const document = parseDocument(yaml, { lineCounter, prettyErrors: false, uniqueKeys: false });
  const problems = document.errors.map(({ message, pos }) => ({ offset: pos[0], text: message }));
  problems.push(...keyProblems(document.contents));
  if (problems.length > 0) return { contents: document.contents, plain: null, problems };
  try {
    const plain = stringKeys(document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES }), 0);
    return { contents: document.contents, plain, problems };
  } catch (error) {
    if (error instanceof TooDeep) throw tooDeep(file);
    // How the parser says that aliases of aliases would make too much of it, or that there is no such anchor.
    if (error instanceof ReferenceError) throw new InputError(`${file}: not valid YAML: ${error.message}`);
    throw error;
  }
}

class TooDeep extends Error {}

function tooDeep(file: string): InputError {
  return new InputError(
    `${file}: found lists or keys nested too deep, expected at most ${MAX_YAML_DEPTH} levels`,
  );
}

function opensTooDeep(yaml: string): boolean {
  if (/^\s*(?:[-?]\s+){64}/m.test(yaml)) return true;
  let open = 0;
  for (const character of yaml) {
    if (character === '[' || character === '{') open++;
    else if (character === ']' || character === '}') open = Math.max(0, open - 1);
    if (open > MAX_OPEN) return true;
  }
  return false;
}

function keyProblems(contents: ParsedNode | null): YamlProblem[] {
  const problems: YamlProblem[] = [];
  visit(contents, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const text = keyText(key);
        const offset = (key as Node).range?.[0] ?? 0;
        if (seen.has(text)) problems.push({ offset, text: 'Map keys must be unique' });
        if (text.length > MAX_NAME_CHARACTERS)
          problems.push({
            offset,
            text: `a key of ${text.length} characters, expected at most ${MAX_NAME_CHARACTERS}`,
          });
        seen.add(text);
      }
    },
  });
  return problems;
}

/** An anchor that holds an alias of itself has no end. */
function stringKeys(value: unknown, depth: number): unknown {
  if (depth > MAX_YAML_DEPTH) throw new TooDeep();
  if (value instanceof Map)
    return new Map([...value].map(([key, item]) => [String(key), stringKeys(item, depth + 1)]));
  return Array.isArray(value) ? value.map((item) => stringKeys(item, depth + 1)) : value;
}

export function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}
