/** Replay's last step: whether the line that was stored and the line recomputed have the same bytes, or which fields differ. */
export interface Difference {
  /** `score`, `contributions[2].words`, or `line` if only the bytes differ. */
  readonly field: string;
  /** As JSON; undefined: not there. */
  readonly stored: string | undefined;
  readonly recomputed: string | undefined;
}

/** Empty if both lines are the same bytes. Neither has its line end. */
export function compareDecision(stored: string, recomputed: string): Difference[] {
  if (stored === recomputed) return [];
  const before = parse(stored);
  const after = parse(recomputed);
  const differences =
    before === undefined || after === undefined ? [] : differ('', before.value, after.value);
  // Other white space, key order or spelling of a number: the same content, but not what was sealed.
  return differences.length > 0 ? differences : [{ field: 'line', stored, recomputed }];
}

function differ(field: string, stored: unknown, recomputed: unknown): Difference[] {
  if (isTree(stored) && isTree(recomputed) && Array.isArray(stored) === Array.isArray(recomputed)) {
    const keys = new Set([...Object.keys(stored), ...Object.keys(recomputed)]);
    return [...keys].flatMap((key) => {
      const name = Array.isArray(stored) ? `${field}[${key}]` : field === '' ? key : `${field}.${key}`;
      return differ(name, member(stored, key), member(recomputed, key));
    });
  }
  const [before, after] = [JSON.stringify(stored), JSON.stringify(recomputed)];
  return before === after
    ? []
    : [{ field: field === '' ? 'line' : field, stored: before, recomputed: after }];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function member(tree: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}

function parse(line: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
}
