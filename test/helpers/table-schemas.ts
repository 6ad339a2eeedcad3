/** Keys and indexes of the stack's tables, as the template of their construct has them: a test of a store is a test of both. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { stageNamed } from '../../lib/stack/stage.ts';
import { Tables } from '../../lib/stack/tables.ts';

export type TableSchema = Omit<CreateTableCommandInput, 'TableName'>;

/** By logical id. */
export function synthesiseTableSchemas(): Readonly<Record<string, TableSchema>> {
  const stack = new Stack(new App(), 'Test');
  new Tables(stack, 'Tables', { key: new Key(stack, 'Key'), stage: stageNamed('dev') });
  const found = Template.fromStack(stack).findResources('AWS::DynamoDB::Table');
  return Object.fromEntries(
    Object.entries(found).map(([id, { Properties }]) => {
      const { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes } =
        Properties as TableSchema;
      return [id, { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes }];
    }),
  );
}
