/**
 * The keys of subjects on a deployed stack, in a table of their own, by domain. What a domain's rows hold is sealed under the domain's
 * key (see domain-key-table.ts), and that one is a data key of KMS:
 *
 *     domain#<domain>           the domain's key, as KMS encrypted it
 *
 * A process asks KMS once for each domain, however many subjects it reads.
 */
import { randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { KEY_BYTES } from '../privacy/domain-cipher.ts';
import { DomainKeyTable } from './domain-key-table.ts';
import { doing, unlessRefused } from './store-error.ts';

const REGISTER_ID_BYTES = 8;

export interface SubjectTableOptions {
  readonly table: string;
  readonly kms: KMSClient;
  /** The id or ARN of the key under which domains' keys are encrypted. */
  readonly keyId: string;
}

export class SubjectTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #options: SubjectTableOptions;
  readonly #known = new Map<string, Promise<DomainKeyTable>>();

  constructor(client: DynamoDBDocumentClient, options: SubjectTableOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The keys of a domain; made where there are none. Known from then on. */
  of(domain: string): Promise<DomainKeyTable> {
    const known = this.#known.get(domain);
    if (known !== undefined) return known;
    const opened = doing(
      `opening the keys of the subjects of ${domain}`,
      async () => await this.#open(domain, (await this.#get(domain)) ?? (await this.#make(domain))),
    );
    this.#known.set(domain, opened);
    opened.catch(() => this.#known.delete(domain));
    return opened;
  }

  /** The same; null where the domain has none. */
  async find(domain: string): Promise<DomainKeyTable | null> {
    if (this.#known.has(domain)) return await this.of(domain);
    const what = `looking for the keys of the subjects of ${domain}`;
    return (await doing(what, () => this.#get(domain))) === undefined ? null : await this.of(domain);
  }

  /** Another process may be the first: then its key is taken. */
  async #make(domain: string): Promise<StoredDomain> {
    const { table, kms, keyId } = this.#options;
    const made = await kms.send(
      new GenerateDataKeyCommand({
        KeyId: keyId,
        KeySpec: 'AES_256',
        EncryptionContext: encryptionContext(domain),
      }),
    );
    const register = randomBytes(REGISTER_ID_BYTES).toString('hex');
    const Item = { subject: domainRow(domain), encrypted: made.CiphertextBlob, register };
    await unlessRefused(`making the key of ${domain}`, () =>
      this.#client.send(
        new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(subject)' }),
      ),
    );
    const item = await this.#get(domain);
    if (item === undefined) throw new Error('it was written, and is not there');
    return item;
  }

  async #open(domain: string, { encrypted, register }: StoredDomain): Promise<DomainKeyTable> {
    const { table, kms, keyId } = this.#options;
    const { Plaintext } = await kms.send(
      new DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: encrypted,
        EncryptionContext: encryptionContext(domain),
      }),
    );
    if (Plaintext?.length !== KEY_BYTES)
      throw new Error(`KMS gave ${Plaintext?.length ?? 'no'} bytes, expected ${KEY_BYTES}`);
    return new DomainKeyTable(this.#client, table, { id: register, domain, columns: [] }, Plaintext);
  }

  async #get(domain: string): Promise<StoredDomain | undefined> {
    const Key = { subject: domainRow(domain) };
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#options.table, Key, ConsistentRead: true }),
    );
    return Item as StoredDomain | undefined;
  }
}

interface StoredDomain {
  readonly encrypted: Uint8Array;
  readonly register: string;
}

const domainRow = (domain: string): string => `domain#${domain}`;

const encryptionContext = (domain: string) => ({ 'assay:subjects': domain });
