import type { InputProfile } from '../evaluation/evaluation.ts';

/** The share of training records below a value; those of its own bin count half. */
export function rankOf({ edges, shares }: InputProfile, value: number): number {
  const own = edges.findIndex((edge) => value <= edge);
  const bin = own < 0 ? edges.length : own;
  const below = shares.slice(0, bin).reduce((sum, share) => sum + share, 0);
  return below + (shares[bin] ?? 0) / 2;
}
