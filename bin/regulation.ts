/** Writes the mapping of regulations into docs/ from operations/regulation/controls: `node bin/regulation.ts`. */
import { writeFile } from 'node:fs/promises';
import { regulationFiles } from '../operations/regulation/regulation-files.ts';

for (const { name, content } of regulationFiles()) {
  await writeFile(new URL(`../docs/${name}`, import.meta.url), content);
}
