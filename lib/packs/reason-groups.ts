import type { Pack } from './pack.ts';

/** A group adds up several sources: one with a single member is most likely a name spelt in two ways. */
export function groupWarnings({ features, categories, encodings }: Pack): string[] {
  const members = new Map<string, string[]>();
  const sources = [
    ...features.map(({ name, shown }) => ({ name, shown })),
    ...categories.map(({ column, shown }) => ({ name: column, shown })),
    ...encodings.map(({ name, shown }) => ({ name, shown })),
  ];
  for (const { name, shown } of sources) {
    if (shown.group !== null) members.set(shown.group, [...(members.get(shown.group) ?? []), name]);
  }
  return [...members]
    .filter(([, names]) => names.length === 1)
    .map(
      ([group, [name]]) =>
        `the group "${group}" has one member, ${name}; a group adds up several: is it spelt like another?`,
    );
}
