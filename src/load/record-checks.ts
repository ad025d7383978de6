/** What is found of records that are read back, beside those that are missing: counted, each kind with its first examples. */

/** So many examples of each kind are kept. */
export const mostExamples = 5;

/** A record that is an example of a finding. */
export type RecordExample = {
  /** From 0; null where the record does not tell. */
  readonly producer: number | null;
  /** How many records its producer sent before it; null where the record does not tell. */
  readonly sequence: number | null;
  /** Where it was read; null of one that was not. */
  readonly partition: number | null;
  readonly offset: number | null;
  /** What is to be said of it beyond its place; null for nothing. */
  readonly detail: string | null;
};

/** How often something was found, and where first. */
export type Finding = { readonly count: number; readonly examples: readonly RecordExample[] };

/** What one consumer found. */
export type CheckReport = {
  /** Records that had come before. */
  readonly repeated: Finding;
  /** Records that came after a later one of the same producer in the same partition. */
  readonly outOfOrder: Finding;
  /** Records of the run that are not as they were sent. */
  readonly corrupt: Finding;
};

type Found = { count: number; readonly examples: RecordExample[] };

const nothing = (): Found => ({ count: 0, examples: [] });

const add = (found: Found, example: () => RecordExample): void => {
  found.count++;
  if (found.examples.length < mostExamples) found.examples.push(example());
};

/** Findings of several consumers as one; of the examples the first ones of each in turn. */
export const sumOfFindings = (parts: readonly Finding[]): Finding => ({
  count: parts.reduce((sum, { count }) => sum + count, 0),
  examples: parts.flatMap(({ examples }) => examples).slice(0, mostExamples),
});

/** Who sent record `index`, and as which of its own. */
export const senderOf = (
  index: number,
  producers: number,
): { readonly producer: number; readonly sequence: number } => ({
  producer: index % producers,
  sequence: Math.floor(index / producers),
});

/** One consumer's checks. Order is known of the partitions that it reads, for each producer apart. */
export class RecordChecks {
  readonly #producers: number;
  /** Highest index that came, by partition and producer. */
  readonly #highest: Float64Array;
  readonly #repeated = nothing();
  readonly #outOfOrder = nothing();
  readonly #corrupt = nothing();

  /** @param partitions of the topic, also those that others read */
  constructor(producers: number, partitions: number) {
    this.#producers = producers;
    this.#highest = new Float64Array(producers * partitions).fill(-1);
  }

  /** Record `index` came for the first time. */
  follow(index: number, partition: number, offset: number): void {
    const place = partition * this.#producers + (this.#producers === 1 ? 0 : index % this.#producers);
    const highest = this.#highest[place] ?? index;
    if (index > highest) this.#highest[place] = index;
    else this.#disorder(index, partition, offset, highest);
  }

  /** Record `index` came, and had come before. */
  repeat(index: number, partition: number, offset: number): void {
    add(this.#repeated, () => ({ ...senderOf(index, this.#producers), partition, offset, detail: null }));
  }

  /** A record is not as it was sent. @param index -1 where it does not tell */
  damage(index: number, partition: number, offset: number, detail: string): void {
    add(this.#corrupt, () => ({
      ...(index < 0 ? { producer: null, sequence: null } : senderOf(index, this.#producers)),
      partition,
      offset,
      detail,
    }));
  }

  report(): CheckReport {
    return { repeated: this.#repeated, outOfOrder: this.#outOfOrder, corrupt: this.#corrupt };
  }

  #disorder(index: number, partition: number, offset: number, highest: number): void {
    add(this.#outOfOrder, () => ({
      ...senderOf(index, this.#producers),
      partition,
      offset,
      detail: `after ${senderOf(highest, this.#producers).sequence}`,
    }));
  }
}
