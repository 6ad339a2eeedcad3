/**
 * At most `limit` points of a curve: those that a drawing needs. Greedy Douglas-Peucker: starting from the ends and the points that
 * must stay, always add the point farthest from the drawing so far. Points on a straight line are never needed, so a curve with few
 * corners keeps exactly its corners.
 *
 *     drawn a───────────c       far: the point between a and c farthest from the line, which becomes
 *           a────b──────c       two pieces, each with a farthest point of its own
 */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly far: number;
  readonly distance: number;
}

const STRAIGHT = 1e-12;

/** Ascending positions; the first, the last and `keep` are among them. */
export function thinCurve(
  x: Float64Array,
  y: Float64Array,
  keep: readonly number[],
  limit: number,
): number[] {
  const kept = [...new Set([0, ...keep, x.length - 1])].sort((a, b) => a - b);
  const pieces = kept.slice(1).map((to, index) => measurePiece(x, y, kept[index]!, to));
  while (kept.length < limit) {
    const widest = pieces.reduce(
      (best, piece, at) => (piece.distance > pieces[best]!.distance ? at : best),
      0,
    );
    const piece = pieces[widest];
    if (piece === undefined || piece.distance <= STRAIGHT) break;
    kept.push(piece.far);
    pieces[widest] = measurePiece(x, y, piece.from, piece.far);
    pieces.push(measurePiece(x, y, piece.far, piece.to));
  }
  return kept.sort((a, b) => a - b);
}

/** The point between two others that is farthest from the line through them. */
function measurePiece(x: Float64Array, y: Float64Array, from: number, to: number): Piece {
  const dx = x[to]! - x[from]!;
  const dy = y[to]! - y[from]!;
  const length = Math.hypot(dx, dy);
  let far = from;
  let distance = 0;
  for (let at = from + 1; at < to; at++) {
    const ox = x[at]! - x[from]!;
    const oy = y[at]! - y[from]!;
    const away = length === 0 ? Math.hypot(ox, oy) : Math.abs(dx * oy - dy * ox) / length;
    if (away > distance) {
      far = at;
      distance = away;
    }
  }
  return { from, to, far, distance };
}
