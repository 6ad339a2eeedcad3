/** Each drop that the log of a domain names, against what is stored of it: one that was taken away, or changed, is found. */
import { InputError } from '../errors.ts';
import { formatBase64 } from '../tlog/base64.ts';
import { Frontier } from '../tlog/frontier.ts';
import { edgeOf, GrowingTiles } from '../tlog/growing-tiles.ts';
import { hashLeaf, isSameHash, type TreeHead } from '../tlog/merkle.ts';
import { readEntries, type TileReader } from '../tlog/tile-reader.ts';
import { tilePath } from '../tlog/tiles.ts';
import { parseEntry } from './audit-entry.ts';
import { leafOf } from './log-tree.ts';
import type { StoredObjects } from './stored-log.ts';

export interface DropProblem {
  readonly where: string;
  readonly kind: 'missing' | 'changed';
  readonly message: string;
}

export interface CheckedDrops {
  readonly drops: number;
  readonly problems: readonly DropProblem[];
}

/** The entries that a log has more than it had. Throws an InputError where these are not what its checkpoint was signed over. */
export async function checkDrops(
  objects: StoredObjects,
  read: TileReader,
  { domain, before, after }: { readonly domain: string; readonly before: TreeHead; readonly after: TreeHead },
): Promise<CheckedDrops> {
  const problems: DropProblem[] = [];
  let drops = 0;
  let index = before.size - 1;
  const edge = await Promise.all(edgeOf(before.size).map((tile) => read(tilePath(tile))));
  const tree = new GrowingTiles(before.size, edge);
  for await (const entry of readEntries(read, before.size, after.size)) {
    index++;
    tree.append(hashLeaf(entry));
    const { entry: parsed } = parseEntry(Buffer.from(entry).toString('utf8'));
    if (parsed?.event !== 'drop_sealed') continue;
    drops++;
    const key = `${domain}/${parsed.subject}/audit.jsonl`;
    const bytes = await objects.readBytes(key);
    if (bytes === null)
      problems.push({ where: key, kind: 'missing', message: `entry ${index} of the log names it` });
    else if (rootOfLog(bytes) !== parsed.data.root)
      problems.push({
        where: key,
        kind: 'changed',
        message: `entry ${index} of the log has another root of it`,
      });
  }
  if (!isSameHash(tree.head.root, after.root))
    throw new InputError(
      `the entries of the log of ${domain} are not those that its checkpoint was signed over`,
    );
  return { drops, problems };
}

function rootOfLog(bytes: Buffer): string {
  const tree = new Frontier();
  for (const line of bytes.toString('utf8').split('\n').slice(0, -1)) tree.append(leafOf(line));
  return formatBase64(tree.head.root);
}
