import type { Producer, Transaction } from 'kafkajs';
import { DriverFailure, type TransactionControl } from '../driver.ts';
import { kafkajsFailure } from './errors.ts';
import type { KafkajsSender } from './sender.ts';

/** kafkajs's transactions, one after the other. */
export class KafkajsTransactions implements TransactionControl {
  readonly #producer: Producer;
  readonly #sender: KafkajsSender;
  #current: Promise<Transaction> | null = null;

  constructor(producer: Producer, sender: KafkajsSender) {
    this.#producer = producer;
    this.#sender = sender;
  }

  /** What records go through. */
  current(): Promise<Transaction> {
    return (
      this.#current ??
      Promise.reject(new DriverFailure('INVALID_TXN_STATE', 48, 'a record is sent outside of a transaction'))
    );
  }

  begin(): void {
    if (this.#sender.failure !== null) throw this.#sender.failure;
    if (this.#current !== null)
      throw new DriverFailure('INVALID_TXN_STATE', 48, 'a transaction is open already; commit or abort it first');
    this.#current = this.#producer.transaction();
    // Whoever sends or commits hears of it.
    this.#current.catch(() => {});
  }

  async commit(): Promise<void> {
    const transaction = this.current();
    await this.#sender.flush();
    await this.#end(transaction, (open) => open.commit());
  }

  async abort(): Promise<void> {
    const transaction = this.current();
    this.#sender.dropWaiting({
      name: 'TRANSACTION_ABORTED',
      code: null,
      message: 'the transaction was aborted before the record was sent',
    });
    await this.#sender.flush();
    await this.#end(transaction, (open) => open.abort());
  }

  async #end(transaction: Promise<Transaction>, end: (open: Transaction) => Promise<void>): Promise<void> {
    try {
      await end(await transaction);
      this.#current = null;
    } catch (error) {
      throw kafkajsFailure(error);
    }
  }
}
