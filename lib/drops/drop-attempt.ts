/** An attempt at a drop as it is written down: the input of its execution, and the beginning of the dead letter of one that failed. */
import { z } from 'zod';

export const DropAttempt = z.object({
  drop: z.object({
    id: z.string(),
    domain: z.string(),
    bucket: z.string(),
    key: z.string(),
    version: z.string(),
    bytes: z.number(),
    receivedAt: z.string(),
    sealedKey: z.string().exactOptional(),
  }),
  attempt: z.number().int(),
});

/** Null where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
