/**
 * The API as a table: what can be asked, by whom, in what shape, with what answer. The router and the OpenAPI document are
 * both made of it, in this order; what answers is joined to it by name. Each subject has its own rows.
 */
import type { z } from 'zod';
import type { DomainScope } from '../packs/domain-scope.ts';
import { ADMIN_ENDPOINTS } from './admin-endpoints.ts';
import { ATTACHMENT_ENDPOINTS } from './attachment-endpoints.ts';
import { CASE_ENDPOINTS } from './case-endpoints.ts';
import { DROP_ENDPOINTS } from './drop-endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { ERASURE_ENDPOINTS } from './erasure-endpoints.ts';
import { EXPORT_ENDPOINTS } from './export-endpoints.ts';
import { FLAG_ENDPOINTS } from './flag-endpoints.ts';
import { MODEL_ENDPOINTS } from './model-endpoints.ts';
import { PACK_ENDPOINTS } from './pack-endpoints.ts';
import { RETRAINING_ENDPOINTS } from './retraining-endpoints.ts';
import { REVIEW_ENDPOINTS } from './review-endpoints.ts';
import type { Caller } from './roles.ts';
import { SERVICE_ENDPOINTS } from './service-endpoints.ts';
import { VIEW_ENDPOINTS } from './view-endpoints.ts';
import { WATCHING_ENDPOINTS } from './watching-endpoints.ts';

export const ENDPOINTS = {
  ...FLAG_ENDPOINTS,
  ...CASE_ENDPOINTS,
  ...ATTACHMENT_ENDPOINTS,
  ...VIEW_ENDPOINTS,
  ...REVIEW_ENDPOINTS,
  ...DROP_ENDPOINTS,
  ...EXPORT_ENDPOINTS,
  ...ERASURE_ENDPOINTS,
  ...MODEL_ENDPOINTS,
  ...PACK_ENDPOINTS,
  ...RETRAINING_ENDPOINTS,
  ...WATCHING_ENDPOINTS,
  ...ADMIN_ENDPOINTS,
  ...SERVICE_ENDPOINTS,
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;
type Table = typeof ENDPOINTS;

/** What reaches the one who answers: checked, and of the types that the table says. */
export interface Call<Name extends EndpointName> {
  readonly params: z.output<Table[Name]['params']>;
  readonly query: z.output<Table[Name]['query']>;
  readonly body: Table[Name]['body'] extends z.ZodType ? z.output<Table[Name]['body']> : undefined;
  readonly caller: Caller;
  /** The domains that the request concerns: the caller may do this in each of them. */
  readonly scope: DomainScope;
  /** Whether personal data is asked for, and may be read in each of them. */
  readonly pii: boolean;
}

export interface Reply<Name extends EndpointName> {
  readonly body: z.output<Table[Name]['answer']['schema']>;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handlers = {
  readonly [Name in EndpointName]?: (call: Call<Name>) => Promise<Reply<Name>>;
};
