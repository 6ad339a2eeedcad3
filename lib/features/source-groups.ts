import type { ModelInput } from './model-input.ts';

/** The inputs that belong to one source: a feature's own, all of a category's one-hot inputs, an encoding's. */
export interface SourceGroup {
  readonly source: string;
  readonly kind: ModelInput['kind'];
  /** Their places in a row. */
  readonly inputs: readonly number[];
}

/** Groups inputs by source, in the order in which sources first appear. */
export function sourceGroups(modelInputs: readonly ModelInput[]): SourceGroup[] {
  const groups = new Map<string, { source: string; kind: ModelInput['kind']; inputs: number[] }>();
  modelInputs.forEach(({ source, kind }, index) => {
    const group = groups.get(source) ?? { source, kind, inputs: [] };
    group.inputs.push(index);
    groups.set(source, group);
  });
  return [...groups.values()];
}
