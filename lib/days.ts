/** Days of the calendar, in UTC. */

export const DAY_MS = 86_400_000;

/** YYYY-MM-DD, of milliseconds since 1970. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Whether the text is a day that there is, as YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00Z`);
  // Date.parse takes February 30 for March 2.
  return !Number.isNaN(time) && dayOf(time) === text;
}
