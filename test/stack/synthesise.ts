/** A stack whose functions and layers hold one file each: its template is the real one, made in a second. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Aspects } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { AssayStack } from '../../lib/stack/assay-stack.ts';
import { TASK_SCRIPT } from '../../lib/stack/bundle.ts';
import { HANDLERS } from '../../lib/stack/handlers.ts';
import { LAYER_NAMES } from '../../lib/stack/native-layer.ts';
import { type GivenSettings, STAGE_SETTINGS } from '../../lib/stack/settings.ts';
import { type StageName, stageNamed, unprotected } from '../../lib/stack/stage.ts';

const FLAGS = (
  JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
    context: Record<string, unknown>;
  }
).context;

interface Choice {
  readonly stage?: StageName;
  readonly isFirst?: boolean;
}

/** Made once for each choice: the tests of this folder share a process, and a template takes seconds. */
const templates = new Map<string, Template>();

/** `given` are settings as assay.config.yaml has them. Tests read the template and leave it as it is. */
export function synthesise(given: GivenSettings = {}, choice: Choice = {}): Template {
  const key = JSON.stringify([given, choice]);
  const template = templates.get(key) ?? withStack(given, choice, (stack) => Template.fromStack(stack));
  templates.set(key, template);
  return template;
}

/** What cdk-nag's rules find in a stack, each by its construct. */
export function nagFindings(given: GivenSettings, choice: Choice): string[] {
  return withStack(given, choice, (stack) => {
    Aspects.of(stack).add(new AwsSolutionsChecks({ verbose: true }));
    Aspects.of(stack).add(new NIST80053R5Checks({ verbose: true }));
    const annotations = Annotations.fromStack(stack);
    const found = [
      ...annotations.findError('*', Match.anyValue()),
      ...annotations.findWarning('*', Match.anyValue()),
    ];
    return found.map(({ id, entry }) => `${id}: ${String(entry.data)}`);
  });
}

/** A stack for what its template does not say. */
export function withStack<T>(
  given: GivenSettings,
  { stage = 'dev', isFirst = false }: Choice,
  read: (stack: AssayStack) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'assay-stack-'));
  try {
    const assets = join(folder, 'assets');
    for (const name of [...HANDLERS, ...LAYER_NAMES]) {
      mkdirSync(join(assets, name), { recursive: true });
      writeFileSync(join(assets, name, 'placeholder.js'), 'exports.handler = async () => ({});\n');
    }
    writeFileSync(join(assets, TASK_SCRIPT), '0;\n');
    const app = new App({
      outdir: join(folder, 'cdk.out'),
      analyticsReporting: false,
      postCliContext: FLAGS,
    });
    const stack = new AssayStack(app, {
      stage: isFirst ? unprotected(stageNamed(stage)) : stageNamed(stage),
      settings: STAGE_SETTINGS.parse(given),
      code: assets,
      layers: assets,
    });
    return read(stack);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
