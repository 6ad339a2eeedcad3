/** summary.json. received = scored + rejected. */
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
