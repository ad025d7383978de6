import type { AppendQueue } from './append-queue.ts';
import type { BrokerSettings } from './config.ts';
import type { Faults } from './faults/faults.ts';
import type { FetchRoom } from './fetch-room.ts';
import type { GroupCoordinator } from './groups/coordinator.ts';
import type { Handler } from './handler.ts';
import type { Journal } from './journal.ts';
import type { ResponseBlocks } from './outgoing.ts';
import type { ProducerIds } from './producer-ids.ts';
import type { Security } from './security/security.ts';
import type { TopicRegistry } from './topics.ts';
import type { TransactionCoordinator } from './transactions/transaction-coordinator.ts';

/** A number of bytes in use that something is bounded by. */
export type ByteAccount = { bytes: number };

/** What the parts of a running broker share. */
export type BrokerState = {
  readonly settings: BrokerSettings;
  readonly clusterId: string;
  readonly topics: TopicRegistry;
  readonly appends: AppendQueue;
  readonly producerIds: ProducerIds;
  /** Consumer groups and their offsets. */
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  /** Handlers by API key. */
  readonly handlers: ReadonlyMap<number, Handler>;
  readonly responseBlocks: ResponseBlocks;
  /** Requests of all connections that wait for their response. */
  readonly queuedRequests: ByteAccount;
  /** Bounds the records that fetch responses keep in memory until sockets have taken them. */
  readonly fetchRoom: FetchRoom;
  readonly security: Security;
  /** Faults that somebody asked for, none as a rule. */
  readonly faults: Faults;
  readonly journal: Journal;
};
