/** One row of the table of endpoints, and what many rows have in common. */
import { z } from 'zod';
import type { Permission } from './roles.ts';

export const nothing = z.strictObject({});

/** A thing that has a domain, and that a path names by its id. */
export type Subject =
  | 'flag'
  | 'case'
  | 'review'
  | 'blind'
  | 'drop'
  | 'labels'
  | 'retraining'
  | 'export'
  | 'erasure';

/**
 * How the domain of a request is found; each endpoint decides. `params`, `query`, `body`: it is named there. `list`: `domain` in
 * the query, or every domain in which the caller may do this. `of`: that of the thing with the id in the path. Null: none.
 */
export type DomainSource = 'params' | 'query' | 'body' | 'list' | { readonly of: Subject } | null;

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** With parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** Null: open to all, without a token. */
  readonly permission: Permission | null;
  readonly domain: DomainSource;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  readonly maxBytes: number;
  /** Its numbers are taken digit by digit, not as doubles, and a text that is no Unicode is a fault of the record that has it alone. */
  readonly holdsRecords?: true;
  /** The body names something that may not be there: the answer is 404 then. */
  readonly namesOthers?: true;
  /** Answers 503 while people have stopped the domain. */
  readonly stoppable?: true;
  readonly answer: { readonly status: 200 | 201; readonly schema: z.ZodType };
}

/** What most of them have in common. */
export const get = {
  method: 'GET',
  params: nothing,
  query: nothing,
  body: null,
  maxBytes: 0,
} as const satisfies Partial<Endpoint>;
/** What a person decides: little, and with a reason. */
export const decide = {
  method: 'POST',
  params: nothing,
  query: nothing,
  maxBytes: 32_768,
} as const satisfies Partial<Endpoint>;
export const ok = <Schema extends z.ZodType>(schema: Schema) => ({ status: 200, schema }) as const;
