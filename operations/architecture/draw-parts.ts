/**
 * The parts of a stack as a picture: a row for each function, in the order in which a drop goes through them, and a column for each
 * store with what the function may do there. One drawing for light and dark: text and lines take the reader's colours.
 */
import type { FunctionPart, MachinePart, StackParts, StorePart } from './template-parts.ts';

const ROW = 34;
const TOP = 150;
const FUNCTION_X = 330;
const FUNCTION_WIDTH = 220;
const STORE_X = FUNCTION_X + FUNCTION_WIDTH + 40;
const STORE_STEP = 62;
const GROUP_GAP = 40;

const RECEIVE = 'receive';
const FAIL = 'fail';

const KINDS: Readonly<Record<StorePart['kind'], string>> = {
  bucket: '#3b82f6',
  table: '#a855f7',
  queue: '#f59e0b',
};

export function drawParts(parts: StackParts): string {
  const rows = placeRows(parts);
  const last = Math.max(...rows.values());
  const stores = parts.stores.filter(({ id }) => parts.functions.some(({ access }) => access.has(id)));
  const width = STORE_X + stores.length * STORE_STEP + 20;
  const height = last + ROW + 60;
  const drawn = [
    ...stores.map((store, at) => drawStore(store, STORE_X + at * STORE_STEP, last)),
    ...parts.functions.map((one) => drawFunction(one, rows.get(one.name)!, stores, isMap(parts, one.name))),
    ...parts.machines.flatMap((machine) => drawMachine(machine, rows)),
    ...drawArrival(rows),
    ...drawRoutes(parts, rows),
    text(20, height - 14, inNumbers(parts), 'small'),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The functions of Assay, what starts them, and which stores each reads and writes" font-family="system-ui, sans-serif" font-size="13">
<style>
  svg { background: #fff; color: #1f2937 }
  text { fill: currentColor } .small { font-size: 11px; opacity: .75 } .head { font-weight: 600 }
  .box { fill: none; stroke: currentColor; stroke-opacity: .6 } .group { fill: currentColor; fill-opacity: .05 }
  .line { fill: none; stroke: currentColor; stroke-opacity: .65 } .rule { stroke: currentColor; stroke-opacity: .12 }
  @media (prefers-color-scheme: dark) { svg { background: #111827; color: #e5e7eb } }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>
${drawn.join('\n')}
</svg>
`;
}

/** Rows by function: what takes arrivals up, the machines' steps, what else there is, and what answers the API. */
function placeRows({ functions, machines, routes }: StackParts): Map<string, number> {
  const rows = new Map<string, number>();
  const inMachines = machines.flatMap(({ steps }) => steps.map((step) => step.function));
  const routed = routes.map((route) => route.function);
  const others = functions
    .map(({ name }) => name)
    .filter((name) => name !== RECEIVE && !routed.includes(name));
  let y = TOP;
  for (const group of [
    [RECEIVE],
    ...machines.map(({ steps }) => steps.map((step) => step.function)),
    others,
    routed,
  ]) {
    const added = group.filter((name) => !rows.has(name) && (group !== others || !inMachines.includes(name)));
    for (const name of new Set(added)) {
      rows.set(name, y);
      y += ROW;
    }
    if (added.length > 0) y += GROUP_GAP;
  }
  return rows;
}

function isMap({ machines }: StackParts, name: string): boolean {
  return machines.some(({ steps }) => steps.some((step) => step.function === name && step.isMap));
}

function drawStore({ name, kind }: StorePart, x: number, last: number): string {
  return [
    `<line class="rule" x1="${x}" x2="${x}" y1="${TOP - 22}" y2="${last + 14}"/>`,
    `<circle cx="${x}" cy="${TOP - 28}" r="4" fill="${KINDS[kind]}"/>`,
    `<text transform="translate(${x + 4} ${TOP - 40}) rotate(-38)">${escaped(name)} <tspan class="small">${kind}</tspan></text>`,
  ].join('');
}

function drawFunction(one: FunctionPart, y: number, stores: readonly StorePart[], many: boolean): string {
  const cells = stores.map(({ id, kind }, at) =>
    drawAccess(one.access.get(id) ?? '', KINDS[kind], STORE_X + at * STORE_STEP, y),
  );
  return [
    `<line class="rule" x1="${FUNCTION_X + FUNCTION_WIDTH}" x2="${STORE_X + (stores.length - 1) * STORE_STEP}" y1="${y}" y2="${y}"/>`,
    `<rect class="box group" x="${FUNCTION_X}" y="${y - 13}" width="${FUNCTION_WIDTH}" height="26" rx="5"/>`,
    text(FUNCTION_X + 10, y + 4, `${one.name}${many ? ' ×n' : ''}`, 'head'),
    text(
      FUNCTION_X + FUNCTION_WIDTH - 8,
      y + 4,
      `${one.memoryMb} MB · ${inTime(one.timeoutSeconds)}`,
      'small',
      'end',
    ),
    ...cells,
  ].join('');
}

/** A ring is read, a dot is written, a dot in a ring both. */
function drawAccess(mode: string, colour: string, x: number, y: number): string {
  const ring = mode.includes('r')
    ? `<circle cx="${x}" cy="${y}" r="8" fill="none" stroke="${colour}" stroke-width="2"/>`
    : '';
  const dot = mode.includes('w') ? `<circle cx="${x}" cy="${y}" r="4.5" fill="${colour}"/>` : '';
  return ring + dot;
}

function drawMachine({ name: machine, steps }: MachinePart, rows: ReadonlyMap<string, number>): string[] {
  const ys = steps.map((step) => rows.get(step.function)!);
  const [first, last] = [Math.min(...ys), Math.max(...ys)];
  const arrows = steps.flatMap(({ function: name, next }) =>
    // Every step may end there: said in words.
    next
      .filter((to) => to !== FAIL && (rows.get(to) ?? 0) > rows.get(name)!)
      .map((to) => curve(rows.get(name)!, rows.get(to)!)),
  );
  return [
    `<rect class="box" stroke-dasharray="4 4" x="${FUNCTION_X - 90}" y="${first - 36}" width="${FUNCTION_WIDTH + 106}" height="${last - first + 60}" rx="8"/>`,
    text(FUNCTION_X - 80, first - 21, `state machine: ${machine}`, 'small'),
    ...arrows,
    ...(steps.at(-1)!.function === FAIL
      ? [text(FUNCTION_X - 12, last + 4, 'any error →', 'small', 'end')]
      : []),
  ];
}

function curve(from: number, to: number): string {
  const x = FUNCTION_X;
  const bend = Math.min(70, 14 + (to - from) / 4);
  return `<path class="line" marker-end="url(#tip)" d="M${x} ${from + 5}C${x - bend} ${from + 5} ${x - bend} ${to - 5} ${x - 2} ${to - 5}"/>`;
}

function drawArrival(rows: ReadonlyMap<string, number>): string[] {
  const y = rows.get(RECEIVE)!;
  return [
    box(20, y, 96, 'drops/…', KINDS.bucket),
    arrow(116, y, 150),
    text(133, y - 20, 'Object Created', 'small', 'middle'),
    box(150, y, 84, 'arrivals', KINDS.queue),
    arrow(234, y, FUNCTION_X - 2),
    `<path class="line" marker-end="url(#tip)" d="M${FUNCTION_X + FUNCTION_WIDTH / 2} ${y + 13}v24"/>`,
    text(FUNCTION_X + FUNCTION_WIDTH / 2 + 8, y + 29, 'starts', 'small'),
  ];
}

function drawRoutes({ routes }: StackParts, rows: ReadonlyMap<string, number>): string[] {
  return [...new Set(routes.map((route) => route.function))].flatMap((name) => {
    const y = rows.get(name)!;
    const own = routes
      .filter((route) => route.function === name)
      .toSorted((a, b) => Number(a.isOpen) - Number(b.isOpen));
    return [
      ...own.map(({ key, isOpen }, at) =>
        text(
          FUNCTION_X - 34,
          y + 4 + (at - (own.length - 1) / 2) * 14,
          `${key}${isOpen ? ' (open)' : ''}`,
          'small',
          'end',
        ),
      ),
      arrow(FUNCTION_X - 28, y, FUNCTION_X - 2),
    ];
  });
}

function inNumbers({ counts }: StackParts): string {
  const of = (type: string) => counts.get(type) ?? 0;
  return [
    'a ring: reads · a dot: writes · ×n: one for each piece, many at a time',
    `one key (KMS) over all stores and logs`,
    `${of('AWS::CloudWatch::Alarm')} alarms`,
    `${of('AWS::CloudWatch::Dashboard')} dashboard`,
    `${of('AWS::IAM::Role')} roles`,
    `${of('AWS::Logs::LogGroup')} log groups`,
  ].join('   ·   ');
}

function box(x: number, y: number, width: number, label: string, colour: string): string {
  return `<rect x="${x}" y="${y - 13}" width="${width}" height="26" rx="5" fill="none" stroke="${colour}" stroke-width="2"/>${text(x + width / 2, y + 4, label, '', 'middle')}`;
}

function arrow(from: number, y: number, to: number): string {
  return `<path class="line" marker-end="url(#tip)" d="M${from} ${y}H${to}"/>`;
}

function text(x: number, y: number, words: string, className: string, anchor = 'start'): string {
  return `<text x="${x}" y="${y}" class="${className}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function inTime(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;
}

function escaped(words: string): string {
  return words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
