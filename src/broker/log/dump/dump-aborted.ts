import { readFileSync } from 'node:fs';
import type { DumpedFile } from './dump-options.ts';
import type { Findings } from './findings.ts';

/** Version int16, then producer id, first, last and last stable offset, each int64 (Kafka's `AbortedTxn`). */
const ENTRY_BYTES = 34;
const VERSION = 0;

/** Lines for a `.txnindex` file: the aborted transactions of a segment. Throws the file system's error. */
export function* dumpAbortedTransactions(file: DumpedFile, findings: Findings): Generator<string> {
  const bytes = readFileSync(file.path);
  const end = bytes.length - (bytes.length % ENTRY_BYTES);
  for (let at = 0; at < end; at += ENTRY_BYTES) {
    const version = bytes.readInt16BE(at);
    if (version > VERSION) {
      findings.add('damage', file.path, `  position ${at}: version ${version} of an entry is not known`);
      return;
    }
    const [producerId, firstOffset, lastOffset, lastStableOffset] = [2, 10, 18, 26].map((field) =>
      bytes.readBigInt64BE(at + field),
    );
    yield `version: ${version} producerId: ${producerId} firstOffset: ${firstOffset} lastOffset: ${lastOffset} ` +
      `lastStableOffset: ${lastStableOffset}`;
  }
  if (end < bytes.length)
    findings.add('damage', file.path, `  ${bytes.length - end} bytes behind the last whole entry`);
}
