/** The Lambda functions by name: each is `functions/<name>.ts` with one `handler`. Bundler, constructs and checks read this list. */

/** The stages of a drop, from its arrival to its end. */
const STAGES = [
  'receive',
  'plan',
  'whole',
  'intake',
  'identify',
  'windows',
  'score',
  'assemble',
  'publish',
  'finish',
  'fail',
  'shadow',
] as const;

export const HANDLERS = [
  ...STAGES,
  'api',
  'api-score',
  'retrain',
  'monitor',
  'publish-events',
  'extend-log',
  'compact-history',
  'export',
  'webhook',
  'console',
] as const;

export type HandlerName = (typeof HANDLERS)[number];

/** Where a bundled function stands in the asset, as Lambda's handler string names it. */
export const handlerOf = (name: HandlerName): string => `app/functions/${name}.handler`;
