/**
 * Payloads of the state machine, held to the one flow type: a function's input is named by type, and each of its parts by
 * the path at which the flow holds it. A part that is added, renamed or dropped in lib/drops/flow.ts breaks this compile.
 */
import type { AssembledDrop, DropFlow, PlannedDrop } from '../drops/flow.ts';

/** The flow's own part under the same name. */
type Path<Key> = `$.${Key & keyof DropFlow & string}`;

type Paths<Input> = { readonly [Key in keyof Input & string as `${Key}.$`]-?: Path<Key> };

/** Of a map: the one part that is the item, and the rest from the flow. */
type ItemPaths<Input, Item extends keyof Input> = Paths<Omit<Input, Item>> & {
  readonly [Key in Item & string as `${Key}.$`]: '$$.Map.Item.Value';
};

/** The payload of a task that takes `Input`. */
export const payloadOf = <Input>(paths: Paths<Input>): Record<string, string> => ({
  ...(paths as Record<string, string>),
});

/** What each child of a map is given, as ItemSelector. */
export const itemOf = <Input, Item extends keyof Input>(
  paths: ItemPaths<Input, Item>,
): Record<string, string> => ({
  ...(paths as Record<string, string>),
});

/** Where the items of a map stand. */
export type ItemsPath = `$.plan.${ListsOf<PlannedDrop>}` | `$.assembled.${ListsOf<AssembledDrop>}`;

type ListsOf<Part> = {
  [Key in keyof Part & string]: Part[Key] extends readonly unknown[] ? Key : never;
}[keyof Part & string];
