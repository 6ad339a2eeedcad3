/**
 * The queue of what could not be handled, and the way back: a letter in it is a bucket's event that was never handled, or a
 * drop that failed here, as `fail` wrote it or, where that failed too, as Step Functions reports it. Retried, it goes to the queue of arrivals as it is, and only then leaves this one: broken off
 * in between it is in both, and what arrives twice is one drop.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { FailedInvocation, type FindVersion, letterOf, readArrival } from '../drops/arrival.ts';
import { parseJson } from '../drops/drop-attempt.ts';
import type { FailInput } from '../drops/flow.ts';
import { readStoppedDrop } from '../drops/stopped-drop.ts';
import { InputError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { MissingObject } from '../object-store.ts';
import { doing } from './store-error.ts';

export interface DeadLetter {
  readonly message: string;
  /** Null where the letter is not understood, or its file is there no more. */
  readonly drop: { readonly id: string; readonly domain: string; readonly key: string } | null;
  /** The attempt that failed; null: it was never begun. */
  readonly attempt: number | null;
  /** What went wrong, as far as the letter says. */
  readonly error: string | null;
  /** ISO 8601. */
  readonly sentAt: string;
}

export interface Queues {
  readonly deadLettersUrl: string;
  readonly arrivalsUrl: string;
}

interface Held extends DeadLetter {
  readonly body: string;
  readonly receipt: string;
}

/** Letters are out of others' sight meanwhile: long enough for all of them to be sent on. */
const HELD_SECONDS = 120;
const MAX_AT_ONCE = 10;
/** A queue is spread over machines: one may answer that it is empty while another has a letter. */
const EMPTY_ANSWERS = 2;

export class DeadLetters {
  readonly #client: SQSClient;
  readonly #queues: Queues;
  readonly #findVersion: FindVersion;

  constructor(client: SQSClient, queues: Queues, findVersion: FindVersion) {
    this.#client = client;
    this.#queues = queues;
    this.#findVersion = findVersion;
  }

  /** Oldest first. They stay where they are. */
  async list(): Promise<DeadLetter[]> {
    return await doing('reading the dead letters', async () => {
      const held = await this.#receiveAll();
      await this.#release(held);
      return held.map(withoutReceipt);
    });
  }

  /** Those that `isWanted`, of those that are understood; the others stay. */
  async redrive(
    isWanted: (letter: DeadLetter) => boolean,
  ): Promise<{ readonly again: readonly DeadLetter[]; readonly left: readonly DeadLetter[] }> {
    return await doing('taking up dead letters', async () => {
      const held = await this.#receiveAll();
      const again = held.filter((letter) => letter.drop !== null && isWanted(letter));
      const left = held.filter((letter) => !again.includes(letter));
      await this.#release(left);
      await inParallel(again, MAX_AT_ONCE, async ({ body, receipt }) => {
        const { arrivalsUrl, deadLettersUrl } = this.#queues;
        await this.#client.send(new SendMessageCommand({ QueueUrl: arrivalsUrl, MessageBody: body }));
        await this.#client.send(
          new DeleteMessageCommand({ QueueUrl: deadLettersUrl, ReceiptHandle: receipt }),
        );
      });
      return { again: again.map(withoutReceipt), left: left.map(withoutReceipt) };
    });
  }

  async #receiveAll(): Promise<Held[]> {
    const held = new Map<string, Held>();
    for (let empty = 0; empty < EMPTY_ANSWERS; ) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#queues.deadLettersUrl,
          MaxNumberOfMessages: MAX_AT_ONCE,
          VisibilityTimeout: HELD_SECONDS,
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
      );
      const letters = await inParallel(Messages, MAX_AT_ONCE, (message) => this.#read(message));
      const before = held.size;
      for (const letter of letters) held.set(letter.message, letter);
      empty = held.size === before ? empty + 1 : 0;
    }
    return [...held.values()].sort((a, b) => (a.sentAt < b.sentAt ? -1 : 1));
  }

  async #read(message: {
    MessageId?: string | undefined;
    Body?: string | undefined;
    ReceiptHandle?: string | undefined;
    Attributes?: Partial<Record<string, string>> | undefined;
  }): Promise<Held> {
    const { MessageId = '', Body: body = '', ReceiptHandle: receipt = '', Attributes } = message;
    const sentAt = new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString();
    const failure = failureOf(body);
    const letter = { message: MessageId, body, receipt, sentAt, ...failure };
    try {
      const { drop } = await readArrival(body, this.#findVersion);
      return { ...letter, drop: { id: drop.id, domain: drop.domain, key: drop.key } };
    } catch (error) {
      if (!(error instanceof InputError || error instanceof MissingObject)) throw error;
      return { ...letter, drop: null, error: failure.error ?? error.message };
    }
  }

  /** In sight again at once. */
  async #release(letters: readonly Held[]): Promise<void> {
    for (let at = 0; at < letters.length; at += MAX_AT_ONCE) {
      await this.#client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.#queues.deadLettersUrl,
          Entries: letters.slice(at, at + MAX_AT_ONCE).map(({ receipt }, index) => ({
            Id: String(index),
            ReceiptHandle: receipt,
            VisibilityTimeout: 0,
          })),
        }),
      );
    }
  }
}

function withoutReceipt({ body: _, receipt: __, ...letter }: Held): DeadLetter {
  return letter;
}

/** What `fail` wrote beside the drop, or Step Functions or Lambda where `fail` failed; an event that was never handled says nothing. */
function failureOf(body: string): Pick<DeadLetter, 'attempt' | 'error'> {
  const value = letterOf(body);
  const letter = (readStoppedDrop(value) ?? value) as Partial<FailInput> | null;
  const { attempt = null, error } = typeof letter === 'object' && letter !== null ? letter : {};
  const cause =
    error?.Cause ?? FailedInvocation.safeParse(parseJson(body)).data?.responsePayload?.errorMessage;
  return { attempt, error: cause === undefined ? null : formatCause(cause) };
}

/** Lambda reports an error as JSON. */
function formatCause(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: string };
    return errorMessage ?? cause;
  } catch {
    return cause;
  }
}
