/**
 * Trees of scikit-learn as a CSV, one node a line, as the Python of docs/models.md writes it. It compares in float64 by
 * `x <= threshold`, and its covers are weighted row counts.
 */
import { InputError } from '../../errors.ts';
import type { Curve, TreeEnsemble } from '../tree-ensemble.ts';
import { buildEnsemble, type OriginalModel, type OriginalNode, type OriginalTree } from './original-model.ts';

const COLUMNS = [
  'tree',
  'node',
  'left',
  'right',
  'feature',
  'threshold',
  'missing_left',
  'cover',
  'value',
  'base',
  'link',
] as const;
type Column = (typeof COLUMNS)[number];

const LINKS = ['identity', 'logit', 'power_of_2'] as const;
type Link = (typeof LINKS)[number];

function isLink(text: string): text is Link {
  return LINKS.some((link) => link === text);
}

type Line = Readonly<Record<Column, string>>;

/** Throws an InputError that names the line where one is no node. */
export function readTreeTable(text: string, name: string): OriginalModel {
  const trees = new Map<number, Map<number, OriginalNode>>();
  const starts = new Map<string, { base: number; link: Link }>();
  let columns = 1;
  for (const { line, where } of listLines(text, name)) {
    const number = (column: Column): number => readNumber(line[column], column, where);
    const [tree, node] = [number('tree'), number('node')];
    if (!isLink(line.link))
      throw new InputError(
        `${where}: link: found ${JSON.stringify(line.link)}, expected ${LINKS.join(', ')}`,
      );
    starts.set(`${line.base} ${line.link}`, { base: number('base'), link: line.link });
    const nodes = trees.get(tree) ?? new Map<number, OriginalNode>();
    trees.set(tree, nodes);
    if (nodes.has(node)) throw new InputError(`${where}: found node ${node} of tree ${tree} a second time`);
    const isLeaf = number('left') < 0;
    if (!isLeaf) columns = Math.max(columns, number('feature') + 1);
    nodes.set(
      node,
      isLeaf
        ? { isLeaf, value: number('value'), cover: number('cover') }
        : {
            isLeaf,
            feature: number('feature'),
            threshold: number('threshold'),
            left: number('left'),
            right: number('right'),
            missingLeft: number('missing_left') === 1,
            cover: number('cover'),
          },
    );
  }
  const [start] = starts.values();
  if (start === undefined) throw new InputError(`${name}: has no nodes`);
  if (starts.size > 1)
    throw new InputError(`${name}: found ${starts.size} different pairs of base and link, expected one`);
  return {
    name,
    library: 'scikit-learn',
    ensemble: linkTrees([...trees.values()], { name, featureCount: columns }, start),
  };
}

/** An isolation forest's score is a power of its sum, which is neither a probability nor log-odds. */
function linkTrees(
  trees: readonly OriginalTree[],
  names: { readonly name: string; readonly featureCount: number },
  { base, link }: { readonly base: number; readonly link: Link },
): TreeEnsemble {
  if (link !== 'power_of_2') return buildEnsemble(trees, { ...names, base, link });
  const ensemble = buildEnsemble(trees, { ...names, base: 0, link: 'identity' });
  const curves: Curve[] = [{ kind: 'exp', scale: Math.LN2, offset: 0 }];
  return { ...ensemble, parts: [{ trees: trees.length, base, curves, weight: 1 }] };
}

function* listLines(text: string, name: string): Generator<{ line: Line; where: string }> {
  const [header = '', ...lines] = text.split(/\r?\n/);
  const names = header.split(',');
  const absent = COLUMNS.filter((column) => !names.includes(column));
  if (absent.length > 0)
    throw new InputError(
      `${name}: has no column ${absent.join(', ')}; expected the table that the Python of docs/models.md writes`,
    );
  for (const [index, content] of lines.entries()) {
    if (content === '') continue;
    const where = `${name}, line ${index + 2}`;
    const cells = content.split(',');
    if (cells.length !== names.length)
      throw new InputError(`${where}: has ${cells.length} cells, expected ${names.length}`);
    const line = Object.fromEntries(names.map((column, at) => [column, cells[at]!]));
    yield { line: line as Line, where };
  }
}

/** As Python prints numbers and truth values. */
const WORDS = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['True', 1],
  ['False', 0],
]);

function readNumber(cell: string, column: Column, where: string): number {
  const value = WORDS.get(cell) ?? (cell.trim() === '' ? Number.NaN : Number(cell));
  if (Number.isNaN(value))
    throw new InputError(`${where}: ${column}: found ${JSON.stringify(cell)}, expected a number`);
  return value;
}
