/**
 * The rooms of lib/ from the ground up, and what each may import. A room names only rooms above it in this table, so that no
 * arrow runs back. Files directly in lib/ (errors, actors, progress) are for all.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  // The ground: typed SQL, the pack language, transparency logs, the audit log's format, trees.
  engine: [],
  packs: [],
  tlog: [],
  tasks: [],
  audit: ['tlog'],
  forest: [],
  regulation: [],
  'forest/onnx': ['forest'],
  'forest/shap': ['forest'],
  'forest/score': ['forest', 'forest/onnx'],
  'forest/train': ['forest'],

  // From a file to a matrix, and what figures mean.
  intake: ['engine', 'packs'],
  features: ['engine', 'packs', 'intake'],
  evaluation: ['packs', 'forest'],

  // What a model is, and what it says of a record.
  models: ['packs', 'audit', 'features', 'evaluation'],
  decisions: ['packs', 'features', 'evaluation'],
  reviews: ['packs', 'audit', 'intake', 'decisions'],
  profiling: ['engine', 'packs', 'intake'],
  monitoring: ['forest', 'evaluation', 'models', 'reviews'],
  events: ['decisions', 'reviews'],
  cases: ['audit', 'decisions'],
  oversight: ['audit', 'events'],
  registry: ['packs', 'audit', 'evaluation', 'models', 'decisions', 'events'],
  observe: ['engine', 'monitoring'],
  report: ['packs', 'intake', 'features', 'evaluation', 'models', 'decisions', 'profiling', 'monitoring'],

  privacy: ['engine', 'packs', 'audit', 'intake', 'features'],

  // The work: the past that windows see, a run, a drop, a request, a training.
  history: ['engine', 'packs', 'intake', 'features'],
  scoring: [
    ...['engine', 'packs', 'tlog', 'audit', 'forest/onnx', 'forest/shap', 'forest/score'],
    ...['intake', 'features', 'evaluation', 'models', 'decisions', 'report', 'privacy'],
  ],
  verification: ['engine', 'packs', 'tlog', 'audit', 'intake', 'models', 'decisions', 'report', 'scoring'],
  subjects: ['engine', 'packs', 'decisions', 'privacy', 'scoring'],
  training: [
    ...['engine', 'packs', 'forest', 'forest/onnx', 'forest/shap', 'forest/score', 'forest/train'],
    ...['intake', 'features', 'evaluation', 'models', 'decisions', 'report', 'scoring'],
  ],
  drops: [
    ...['engine', 'packs', 'tlog', 'audit', 'intake', 'features', 'evaluation'],
    ...['models', 'decisions', 'reviews', 'monitoring', 'oversight', 'privacy', 'history', 'scoring'],
  ],
  dossier: [
    ...['engine', 'packs', 'tlog', 'audit', 'models', 'decisions', 'reviews', 'report', 'scoring'],
    ...['verification', 'drops'],
  ],
  drafts: ['packs', 'decisions', 'dossier'],
  retraining: [
    ...['engine', 'packs', 'audit', 'forest/score', 'forest/train', 'intake', 'features', 'evaluation'],
    ...['models', 'reviews', 'events', 'registry', 'report', 'training'],
  ],
  'what-if': [
    ...['packs', 'forest', 'forest/onnx', 'features', 'evaluation', 'models', 'decisions', 'scoring'],
  ],

  // What people and functions touch.
  api: [
    ...['packs', 'audit', 'models', 'decisions', 'reviews', 'monitoring', 'events', 'cases', 'registry'],
    ...['observe', 'oversight', 'privacy', 'drops', 'dossier', 'retraining', 'what-if'],
  ],
  online: [
    ...['engine', 'packs', 'audit', 'forest/score', 'intake', 'features', 'models', 'decisions'],
    ...['reviews', 'history', 'scoring', 'drops', 'api'],
  ],
  console: [],
  aws: [
    ...['engine', 'packs', 'tlog', 'models', 'decisions', 'reviews', 'monitoring', 'events', 'registry'],
    ...['audit', 'cases', 'oversight', 'privacy', 'history', 'drops', 'dossier', 'retraining', 'api'],
  ],
  services: [
    ...['engine', 'packs', 'tlog', 'audit', 'models', 'decisions', 'reviews', 'monitoring', 'events'],
    ...['registry', 'privacy', 'history'],
    ...['cases', 'observe', 'oversight', 'report', 'scoring', 'subjects', 'drops', 'dossier', 'retraining'],
    ...['what-if', 'api', 'aws'],
  ],
  cli: [
    ...[
      'engine',
      'packs',
      'tlog',
      'audit',
      'forest',
      'intake',
      'features',
      'evaluation',
      'models',
      'decisions',
    ],
    ...[
      'reviews',
      'profiling',
      'monitoring',
      'registry',
      'report',
      'scoring',
      'verification',
      'training',
      'drops',
      'retraining',
    ],
    ...[
      'regulation',
      'dossier',
      'drafts',
      'cases',
      'privacy',
      'subjects',
      'oversight',
      'api',
      'aws',
      'services',
    ],
  ],
  stack: ['packs', 'models', 'events', 'oversight', 'drops', 'dossier', 'retraining', 'api', 'console'],
};

/** Where the world comes in: the clock, and random waits, keys and secrets. */
export const OUTSIDE_WORLD = ['aws', 'services', 'cli', 'observe', 'tasks'];
