/**
 * Schemathesis against an API: requests made of the OpenAPI document, valid and not, and each answer held to the document. Seeded,
 * so the same document gives the same requests.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../../local/python-environment.ts';
import { places } from '../../operations/places.ts';
import { run } from '../../operations/run.ts';

const REQUIREMENTS = fileURLToPath(new URL('schemathesis.txt', import.meta.url));

export interface Fuzzing {
  readonly document: object;
  readonly url: string;
  readonly token: string;
  /** Random cases of an operation, beside those that cover each rule of its schemas. */
  readonly cases: number;
  /** Parameters that half the cases take from these values: `[path of the operation, parameter, values]`. */
  readonly known: readonly (readonly [path: string, parameter: string, values: readonly string[]])[];
  /** Operations with rules that a schema cannot say: a valid request may get this status. */
  readonly beyondSchema: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Its report. Throws with the report where anything failed. */
export async function runSchemathesis(fuzzing: Fuzzing): Promise<string> {
  await pythonEnvironment(places.schemathesis, REQUIREMENTS, () =>
    process.stderr.write('installing Schemathesis\n'),
  );
  const folder = await mkdtemp(join(tmpdir(), 'assay-contract-'));
  try {
    const [document, config] = [join(folder, 'openapi.json'), join(folder, 'schemathesis.toml')];
    await writeFile(document, JSON.stringify(fuzzing.document));
    await writeFile(config, configOf(fuzzing));
    return await run(
      join(places.schemathesis, 'bin', 'schemathesis'),
      [
        ...['--config-file', config, '--no-color', 'run', document, '--url', fuzzing.url],
        ...['--max-examples', String(fuzzing.cases), '--continue-on-failure'],
      ],
      { log: join(places.folder, 'schemathesis.log'), timeoutMs: fuzzing.timeoutMs },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** TOML has its texts and lists in common with JSON. */
function configOf({ token, known, beyondSchema }: Fuzzing): string {
  const quoted = (value: unknown) => JSON.stringify(value);
  return [
    ...['seed = 20260101', 'request-timeout = 30', 'warnings = false', '[cache]', 'enabled = false'],
    // A header that no document names is no fault of a request.
    ...['[generation]', 'database = "none"', 'no-shrink = true', 'allow-extra-parameters = false'],
    ...['[phases.stateful]', 'enabled = false', '[phases.coverage]', 'unexpected-methods = ["PUT"]'],
    ...['[auth.openapi.token]', `bearer = ${quoted(token)}`],
    ...known.flatMap(([path, parameter, values], at) => [
      ...[`[dictionaries.known-${at}]`, `values = ${quoted(values)}`],
      ...['[[operations]]', `include-path = ${quoted(path)}`, '[operations.parameters]'],
      `${quoted(parameter)} = { dictionary = "known-${at}", probability = 0.5 }`,
    ]),
    ...Object.entries(beyondSchema).flatMap(([operation, status]) => [
      ...['[[operations]]', `include-operation-id = ${quoted(operation)}`],
      '[operations.checks.positive_data_acceptance]',
      `expected-statuses = ["2xx", "401", "403", "404", "409", "429", ${quoted(status)}]`,
    ]),
    '',
  ].join('\n');
}
