import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { settings } from '../../local/engine-settings.ts';
import { synthesise } from './synthesise.ts';

interface FunctionResource {
  readonly Properties: {
    readonly Runtime: string;
    readonly Description?: string;
    readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
  };
}

describe('telemetry of what Assay stands on is off', () => {
  test('ONNX Runtime’s in each function of ours and in the local engine', () => {
    const found = synthesise().findResources('AWS::Lambda::Function');
    const ours = (Object.values(found) as FunctionResource[]).filter(({ Properties }) =>
      Properties.Description?.startsWith('Assay: '),
    );
    expect(ours.length).toBeGreaterThan(10);
    for (const { Properties } of ours) {
      expect(Properties.Environment?.Variables).toMatchObject({ ORT_DISABLE_TELEMETRY: '1' });
    }
    expect(settings(4566)).toMatchObject({ ORT_DISABLE_TELEMETRY: '1' });
  });

  test('the CDK command line’s, and its notices', () => {
    const { versionReporting, context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as {
      versionReporting: boolean;
      context: Record<string, unknown>;
    };
    expect(versionReporting).toBe(false);
    expect(context).toMatchObject({ 'cli-telemetry': false, notices: false });
  });
});
