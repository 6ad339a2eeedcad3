/** Writes docs/architecture.svg from the stack's template, as `cdk deploy` would send it: `node bin/architecture.ts`. */
import { writeFileSync } from 'node:fs';
import { drawParts } from '../operations/architecture/draw-parts.ts';
import { templateParts } from '../operations/architecture/template-parts.ts';
import { defaultTemplate } from '../operations/default-template.ts';

writeFileSync(
  new URL('../docs/architecture.svg', import.meta.url),
  drawParts(templateParts(defaultTemplate())),
);
