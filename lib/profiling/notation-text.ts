/** A found notation of amounts as a pack writes it. */
import type { DetectedNotation } from '../packs/detect-notation.ts';
import { yamlList, yamlMap } from './pack-text.ts';

export function detectedNotation({ notation }: DetectedNotation): string {
  const { like, currency, positive, negative } = notation;
  const example = like.length === 1 ? JSON.stringify(like[0]) : yamlList(like);
  if (currency.length + positive.length + negative.length === 0) return example;
  const list = (texts: readonly string[]) => (texts.length === 0 ? null : yamlList(texts));
  return yamlMap({
    like: example,
    currency: list(currency),
    positive: list(positive),
    negative: list(negative),
  });
}
