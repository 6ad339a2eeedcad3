/** A sentence with {names} for values; with a number, one form for one and one for others, chosen by {n}. */
export type Text = string | { readonly one: string; readonly other: string };
