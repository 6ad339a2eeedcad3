/** A sentence of a pack goes in; the names in its braces come out. */
export function namesInBraces(sentence: string): string[] {
  return [...sentence.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]!);
}
