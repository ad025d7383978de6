import { SlabPool } from '../protocol/slab.ts';
import type { StagedProduce } from './append-queue.ts';
import type { Partition } from './partition.ts';
import type { BrokerState } from './state.ts';

/** The broker's own records could not be written; the journal has said why. */
export class InternalAppendError extends Error {
  override readonly name = 'InternalAppendError';
}

/** Nobody waits on a connection for what the broker itself appends. */
const NOBODY = { pump: () => {} } as const;

const pool = new SlabPool({ slabBytes: 0, maxFreeBytes: 0 });

/**
 * Appends one encoded record batch of the broker's own (offsets of groups, transaction states, control batches) behind what
 * is staged already. Offsets are given at once; resolves with the base offset once it is written, with all else that
 * arrived in this turn of the event loop.
 * @throws InternalAppendError (rejects) when it could not be written, or the topic was deleted meanwhile.
 */
export const appendInternally = (
  broker: Pick<BrokerState, 'appends'>,
  partition: Partition,
  batch: Uint8Array,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const slab = pool.take(batch.length);
    slab.bytes.set(batch);
    const baseOffset = partition.log.stage(slab, 0, batch.length);
    slab.release();
    broker.appends.staged(partition, batch.length);
    const staged: StagedProduce = {
      owner: NOBODY,
      settle: () => {
        if (partition.hasFailed) reject(new InternalAppendError(`${partition.topic.name}-${partition.index}`));
        else resolve(baseOffset);
      },
    };
    broker.appends.settleLater(staged);
  });
