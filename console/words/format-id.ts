/** cash_below_threshold: Cash below threshold. */
export function formatId(id: string): string {
  const text = id.replaceAll(/[_-]+/g, ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
