import type { GroupOffset } from '../admin/group-offsets.ts';
import { asClientError, type ClientError } from '../client-error.ts';
import type { PartitionReading } from '../partition-reading.ts';
import { partitionKey } from './assignor.ts';

/** What commits are made for. */
export type CommitOptions = {
  /** Sends offsets to the coordinator. Rejects with a ClientError. */
  readonly send: (offsets: readonly GroupOffset[]) => Promise<void>;
  /** What is read now. */
  readonly readings: () => Iterable<PartitionReading>;
};

/** How far a group has read: commits what has moved, one commit at a time, in the order they were asked for. */
export class Commits {
  /** Commits that the coordinator took. */
  commitTotal = 0;
  readonly #options: CommitOptions;
  /** What was committed last, by partition. */
  readonly #committed = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #isTimed = false;

  constructor(options: CommitOptions) {
    this.#options = options;
  }

  /** Takes over what the group had committed before. */
  note({ topic, partition, offset }: GroupOffset): void {
    this.#committed.set(partitionKey({ topic, partition }), offset);
  }

  /** Forgets a partition that is read no more. */
  forget(topic: string, partition: number): void {
    this.#committed.delete(partitionKey({ topic, partition }));
  }

  /** Commits offsets, or (null) the positions that have moved since they were committed. Rejects with a ClientError. */
  commit(offsets: readonly GroupOffset[] | null): Promise<void> {
    const next = this.#last.then(async () => {
      const all = offsets ?? this.#moved();
      if (all.length === 0) return;
      await this.#options.send(all);
      this.commitTotal++;
      for (const each of all) this.note(each);
    });
    this.#last = next.catch(ignoreToldFailure);
    return next;
  }

  /** Commits from time to time, but not while a commit is on its way; failures are told. */
  start(intervalMs: number, onFailure: (error: ClientError) => void): void {
    this.#timer = setInterval(
      () => {
        if (this.#isTimed) return;
        this.#isTimed = true;
        this.commit(null)
          .catch((error: unknown) => onFailure(asClientError(error)))
          .finally(() => {
            this.#isTimed = false;
          });
      },
      Math.max(intervalMs, 1),
    );
  }

  /** No more commits from time to time. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #moved(): readonly GroupOffset[] {
    const moved: GroupOffset[] = [];
    for (const { topic, partition, position } of this.#options.readings()) {
      const each = { topic: topic.metadata.name, partition, offset: position };
      if (position >= 0 && this.#committed.get(partitionKey(each)) !== position) moved.push(each);
    }
    return moved;
  }
}

/** Whoever asked for the commit was told. */
const ignoreToldFailure = (): void => undefined;
