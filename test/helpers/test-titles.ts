/** The tests of a file by their titles, read from its source, and the tests that documents cite held against them. */
import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';

export interface FoundTest {
  /** Of the blocks around it and its own, joined by ` › `. */
  readonly title: string;
  /** A modifier by which it, or a block around it, does not run or may not: skip, todo, skipIf, runIf, fails. */
  readonly unsure: string | null;
}

export interface Citation {
  readonly file: string;
  readonly title: string;
  /** The document, or the control, that cites. */
  readonly by: string;
}

const MAY_NOT_RUN = ['skip', 'todo', 'skipIf', 'runIf', 'fails'];
const BLOCKS = ['describe', 'suite'];
const TESTS = ['test', 'it'];

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Each citation that names no test that is there once and always runs, with why. */
export function brokenCitations(
  citations: readonly Citation[],
  read: (file: string) => string | null = readSource,
): string[] {
  const known = new Map<string, readonly FoundTest[] | null>();
  return citations.flatMap(({ file, title, by }) => {
    if (!known.has(file)) {
      const source = read(file);
      known.set(file, source === null ? null : testTitles(file, source));
    }
    const tests = known.get(file);
    if (tests === null || tests === undefined) return [`${by}: there is no ${file}`];
    const found = tests.filter((test) => test.title === title);
    const cited = `${by}: ${file} › ${title}`;
    if (found.length === 0) return [`${cited}: no test has this title`];
    if (found.length > 1) return [`${cited}: ${found.length} tests have this title`];
    const { unsure } = found[0]!;
    return unsure === null ? [] : [`${cited}: it may not run (${unsure})`];
  });
}

function readSource(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Titles that are no literal are left out: no one can cite them. */
export function testTitles(file: string, source: string): FoundTest[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  return [...walk(program as unknown as Node, [], null)];
}

function* walk(value: unknown, titles: readonly string[], unsure: string | null): Generator<FoundTest> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item, titles, unsure);
    return;
  }
  if (!isNode(value)) return;
  const call = value.type === 'CallExpression' ? readCall(value) : null;
  if (call === null) {
    for (const child of Object.values(value)) yield* walk(child, titles, unsure);
    return;
  }
  const own = unsure ?? call.modifiers.find((name) => MAY_NOT_RUN.includes(name)) ?? null;
  if (TESTS.includes(call.name)) {
    if (call.title !== null) yield { title: [...titles, call.title].join(' › '), unsure: own };
  } else if (call.title !== null) {
    yield* walk(call.rest, [...titles, call.title], own);
  }
}

/** `test.each(table)('title', …)` and the like: what it is called by, from the inside out. */
function readCall(call: Node) {
  const [first, ...rest] = call.arguments as Node[];
  if (rest.length === 0 || first === undefined) return null;
  const modifiers: string[] = [];
  let callee = call.callee as Node;
  while (callee.type !== 'Identifier') {
    if (callee.type === 'MemberExpression') {
      modifiers.push(String((callee.property as Node).name));
      callee = callee.object as Node;
    } else if (callee.type === 'CallExpression') callee = callee.callee as Node;
    else if (callee.type === 'TaggedTemplateExpression') callee = callee.tag as Node;
    else return null;
  }
  const name = String(callee.name);
  if (!BLOCKS.includes(name) && !TESTS.includes(name)) return null;
  return { name, modifiers, title: literal(first), rest };
}

function literal(node: Node): string | null {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral' || (node.expressions as unknown[]).length > 0) return null;
  const [quasi] = node.quasis as { value: { cooked: string } }[];
  return quasi?.value.cooked ?? null;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
