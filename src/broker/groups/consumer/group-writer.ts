import type { PlainRecord } from '../../../protocol/record-batch.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { ConsumerRecords } from './consumer-records.ts';
import type { ConsumerContext } from './group-reconciler.ts';

/**
 * Writes what changes of one group. The group moves on in memory at once; when its records could not be written, the next
 * write holds the whole group, so that what is on disk comes to be what members were told.
 */
export class GroupWriter {
  readonly #group: ConsumerGroup;
  readonly #context: ConsumerContext;
  /** Records that forget something and that could not be written, by their key. */
  readonly #unwritten = new Map<string, PlainRecord>();
  #isBehind = false;

  constructor(group: ConsumerGroup, context: ConsumerContext) {
    this.#group = group;
    this.#context = context;
  }

  /** Resolves with whether the records are on disk. */
  async write(records: readonly PlainRecord[]): Promise<boolean> {
    if (records.length === 0 && !this.#isBehind) return true;
    const { groupId } = this.#group;
    const all = this.#isBehind ? [...this.#unwritten.values(), ...this.#whole()] : records;
    this.#isBehind = false;
    this.#unwritten.clear();
    const isWritten = await this.#context.write(groupId, all);
    if (!isWritten) {
      this.#isBehind = true;
      for (const record of [...all, ...records])
        if (record.value === null && record.key !== null)
          this.#unwritten.set(Buffer.from(record.key).toString('hex'), record);
    }
    return isWritten;
  }

  #whole(): PlainRecord[] {
    return new ConsumerRecords(this.#group.groupId, this.#context.timers.now()).whole(this.#group);
  }
}
