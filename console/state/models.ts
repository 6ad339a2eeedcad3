import type { z } from 'zod';
import type { ModelDetail as DetailSchema, ModelVersions } from '../../lib/api/model-schemas.ts';

export type Versions = z.output<typeof ModelVersions>;
export type Version = Versions['items'][number];
export type Detail = z.output<typeof DetailSchema>;
