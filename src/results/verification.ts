/** What came of following each record of a test to its reader. */

/** A record that is an example of a finding. */
export type VerificationExample = {
  /** Who sent it, from 0; null where the record does not tell. */
  readonly producer: number | null;
  /** How many records its producer sent before it; null where the record does not tell. */
  readonly sequence: number | null;
  /** Where it was read; null of a record that was not, and of one that is known by its number alone. */
  readonly partition: number | null;
  readonly offset: number | null;
  /** What is to be said of it beyond its place; null for nothing. */
  readonly detail: string | null;
};

/** How many records something is true of, with the first few of them. */
export type VerificationFinding = { readonly count: number; readonly examples: readonly VerificationExample[] };

/** A partition that was not read to its end. */
export type UnreadPartition = {
  readonly partition: number;
  /** Offset behind the last record that was read; null when none was. */
  readonly position: number | null;
  readonly endOffset: number;
};

/** What --verify found. */
export type Verification = {
  /** Nothing was lost, came twice or was corrupt. */
  readonly isPassed: boolean;
  /** Acknowledged records. */
  readonly recordsSent: number;
  /** Records that were read as they were sent, each counted once. */
  readonly recordsReceived: number;
  /** Acknowledged and never read. */
  readonly lost: VerificationFinding;
  /** Read, though the producer was told of a failure or of nothing. */
  readonly unacknowledged: VerificationFinding;
  /** Read again. */
  readonly repeated: VerificationFinding;
  /** Read after a later record of the same producer in the same partition. */
  readonly outOfOrder: VerificationFinding;
  /** Of this test and not as they were sent. */
  readonly corrupt: VerificationFinding;
  /** Records of others, left out of everything else. */
  readonly recordsForeign: number;
  /** Where records are missing: partitions that could not be read to their end. */
  readonly unread: readonly UnreadPartition[];
  readonly consumers: number;
  /** How long reading took after the load; null when records were read while they were sent. */
  readonly readBackSeconds: number | null;
};
