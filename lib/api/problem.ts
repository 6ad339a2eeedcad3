/**
 * An error of the API as the caller reads it: a problem document (RFC 9457). Thrown anywhere on the way, answered at the edge.
 * A title belongs to the status; the detail says what was found, what was expected, and where.
 */

const TITLES = {
  400: 'Not JSON',
  401: 'No valid token',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Not a type that is read here',
  422: 'Not as expected',
  429: 'Too many requests',
  500: 'A defect of ours',
  503: 'Stopped',
} as const;

export type ProblemStatus = keyof typeof TITLES;
export const PROBLEM_STATUSES = Object.keys(TITLES).map(Number) as ProblemStatus[];

export function titleOf(status: ProblemStatus): string {
  return TITLES[status];
}

/** What is wrong with one part of a request. */
export interface Fault {
  /** JSON Pointer into the body, or the name of a parameter. */
  readonly at: string;
  readonly detail: string;
}

/** `domain`: the one in which it was refused, where the request itself does not say it. */
export interface Denial {
  readonly domain: string | null;
}

interface ProblemDetails {
  readonly faults?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly denial?: Denial;
}

/** An answer that is a problem document: its status, what is at fault and where, and further headers. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: ProblemStatus;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is one: the person was refused, whatever status the answer has. */
  readonly denial: Denial | null;

  constructor(status: ProblemStatus, detail: string, more: ProblemDetails = {}) {
    super(detail);
    this.denial = more.denial ?? (status === 403 ? { domain: null } : null);
    this.status = status;
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

/** The message of an error as the detail of a problem. */
export function asSentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's id: what to name when asking for help. */
  readonly instance: string;
  readonly errors?: readonly Fault[];
}

export function problemDocument(problem: Problem, requestId: string): ProblemDocument {
  return {
    type: `urn:assay:problem:${TITLES[problem.status].toLowerCase().replaceAll(' ', '-')}`,
    title: TITLES[problem.status],
    status: problem.status,
    detail: problem.message,
    instance: `urn:assay:request:${requestId}`,
    ...(problem.faults.length > 0 && { errors: problem.faults }),
  };
}
