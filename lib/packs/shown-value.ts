/** A value as it is shown and stored: what a column or feature was. */
export type Shown = string | number | boolean | null;
