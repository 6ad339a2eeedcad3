/**
 * The attachments of cases in the table of flags: what each is and its hash, written with the act that says so.
 *
 *     flag = case id, item 'attachment#<id>'
 *     flag = case id, item 'attachments'         how many there are
 */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { rowHash } from '../audit/row-hash.ts';
import { type Attachment, MAX_ATTACHMENTS } from '../cases/attachment.ts';
import type { AuditChain } from './audit-chain.ts';
import { queryAll } from './query-all.ts';
import { newSalt } from './salt.ts';
import { doing } from './store-error.ts';

const ITEM = 'attachment#';
const COUNT = 'attachments';

export class AttachmentTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: Pick<AuditChain, 'appendWith'>;

  constructor(client: DynamoDBDocumentClient, table: string, audit: Pick<AuditChain, 'appendWith'>) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /** In the order in which they came. */
  async of(caseId: string): Promise<Attachment[]> {
    return await doing(`reading the attachments of case ${caseId}`, async () => {
      const items = await queryAll(this.#client, {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'flag = :case AND begins_with(#item, :attachment)',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':case': caseId, ':attachment': ITEM },
      });
      return items.map(asAttachment).sort((one, other) => (one.at < other.at ? -1 : 1));
    });
  }

  /** Null: there is none. */
  async get(caseId: string, id: string): Promise<Attachment | null> {
    return await doing(`reading attachment ${id} of case ${caseId}`, async () => {
      const Key = { flag: caseId, item: `${ITEM}${id}` };
      const { Item } = await this.#client.send(
        new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }),
      );
      return Item === undefined ? null : asAttachment(Item);
    });
  }

  /** False: it is there already, or the case has as many as it may. */
  async add(attachment: Attachment): Promise<boolean> {
    const { id, caseId, domain, type, bytes, sha256, by, at } = attachment;
    const row = { ...attachment, salt: newSalt() };
    const Put = {
      TableName: this.#table,
      Item: { ...row, flag: caseId, item: `${ITEM}${id}` },
      ConditionExpression: 'attribute_not_exists(flag)',
    };
    const Update = {
      TableName: this.#table,
      Key: { flag: caseId, item: COUNT },
      UpdateExpression: 'ADD #count :one',
      ConditionExpression: 'attribute_not_exists(#count) OR #count < :most',
      ExpressionAttributeNames: { '#count': 'count' },
      ExpressionAttributeValues: { ':one': 1, ':most': MAX_ATTACHMENTS },
    };
    const act = {
      event: 'attached',
      ...{ actor: by, subject: caseId, at },
      // Without its name, which is free text: the hash vouches for it.
      data: { case: caseId, attachment: id, type, bytes, sha256, row: rowHash(row) },
    } as const;
    return await this.#audit.appendWith(domain, [act], [{ Put }, { Update }]);
  }
}

function asAttachment({ flag, item, ...rest }: Readonly<Record<string, unknown>>): Attachment {
  return rest as unknown as Attachment;
}
