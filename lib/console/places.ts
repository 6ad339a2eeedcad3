/** The places of a domain in the console, in the order of its navigation: `/{domain}/{place}`. */
export const PLACES = ['queue', 'blind', 'drops', 'models', 'monitoring', 'audit', 'packs', 'admin'] as const;
export type Place = (typeof PLACES)[number];
