/** Views of the queue that people named. See endpoints.ts. */
import { decide, type Endpoint, get, ok } from './endpoint.ts';
import {
  NewViewRequest,
  OneViewParams,
  View,
  ViewChangeRequest,
  ViewDeleted,
  ViewDeletion,
  ViewList,
  ViewParams,
} from './view-schemas.ts';

/** Anyone who reads has views of their own; sharing one is for those who work there, which the handler asks for. */
const views = { tag: 'Cases', permission: 'read', domain: 'params' } as const;

export const VIEW_ENDPOINTS = {
  listViews: {
    ...{ ...get, ...views },
    path: '/v1/views/{domain}',
    summary: 'List views of the queue: one’s own and those that are shared',
    params: ViewParams,
    answer: ok(ViewList),
  },
  saveView: {
    ...{ ...decide, ...views },
    path: '/v1/views/{domain}',
    summary: 'Save a view of the queue under a name',
    params: ViewParams,
    body: NewViewRequest,
    answer: { status: 201, schema: View },
  },
  changeView: {
    ...{ ...decide, ...views },
    path: '/v1/views/{domain}/{id}',
    summary: 'Rename a view, give it another filter, share it or share it no longer',
    params: OneViewParams,
    body: ViewChangeRequest,
    answer: ok(View),
  },
  deleteView: {
    ...{ ...decide, ...views },
    path: '/v1/views/{domain}/{id}/delete',
    summary: 'Delete a view',
    params: OneViewParams,
    body: ViewDeletion,
    answer: ok(ViewDeleted),
  },
} as const satisfies Record<string, Endpoint>;
