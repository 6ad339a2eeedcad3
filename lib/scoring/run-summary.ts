/** What a run counts, received = scored + rejected; summary.json has it without the seconds. */
export interface RunSummary {
  readonly received: number;
  readonly scored: number;
  readonly rejected: number;
  readonly flagged: number;
  readonly unexplained: number;
  readonly domain: string;
  readonly model: string;
  readonly seconds: number;
}
