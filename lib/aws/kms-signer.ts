/** A key of KMS as the signer of notes: Ed25519 over the message itself, which is what notes ask for. The key never leaves the service. */
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { type NoteSigner, type VerifierKey, verifierKey } from '../tlog/note-key.ts';
import { doing } from './store-error.ts';

/** Of an Ed25519 key in DER (SPKI). */
const PREFIX_BYTES = 12;
const KEY_SPEC = 'ECC_NIST_EDWARDS25519';
const ALGORITHM = 'ED25519_SHA_512';

export class KmsSigner {
  readonly #client: KMSClient;
  readonly #keyId: string;
  #raw: Uint8Array | undefined;

  constructor(client: KMSClient, keyId: string) {
    this.#client = client;
    this.#keyId = keyId;
  }

  /** As the log of that name. */
  async named(name: string): Promise<NoteSigner> {
    return { key: await this.publicKey(name), sign: (message) => this.#sign(message) };
  }

  async publicKey(name: string): Promise<VerifierKey> {
    this.#raw ??= await doing('reading the public key that signs logs', async () => {
      const { PublicKey, KeySpec } = await this.#client.send(new GetPublicKeyCommand({ KeyId: this.#keyId }));
      if (KeySpec !== KEY_SPEC || PublicKey === undefined)
        throw new Error(`the key that signs logs is ${KeySpec}; ${KEY_SPEC} was expected`);
      return PublicKey.subarray(PREFIX_BYTES);
    });
    return verifierKey(name, 'ed25519', this.#raw);
  }

  async #sign(Message: Uint8Array): Promise<Uint8Array> {
    return await doing('signing a checkpoint', async () => {
      const signing = {
        KeyId: this.#keyId,
        Message,
        MessageType: 'RAW',
        SigningAlgorithm: ALGORITHM,
      } as const;
      const { Signature } = await this.#client.send(new SignCommand(signing));
      if (Signature === undefined) throw new Error('KMS gave no signature');
      return Signature;
    });
  }
}
