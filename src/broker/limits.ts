/**
 * Every bound of the broker that is not a Kafka setting, in one place, each with its reason.
 * Sizes that users set (`socket.request.max.bytes`, `message.max.bytes`, ...) are in `config.ts`.
 */

/** What a new or idle connection reads into, bytes: 2,000 idle connections pin 32 MB and no more. */
export const IDLE_READ_BYTES = 16 * 1024;

/** What a busy connection reads into, bytes: one read call then brings many requests (1 MiB reads measured fastest on loopback). */
export const BUSY_READ_BYTES = 1024 * 1024;

/** Free memory kept for reuse by each pool of read buffers, bytes: enough for a few busy connections, little beside the tail cache. */
export const FREE_READ_BYTES = 16 * 1024 * 1024;

/** Requests of one connection that may wait for their response; above the 5 in flight of a client, below what a flood needs. */
export const MAX_PENDING_REQUESTS = 1024;

/** Bytes of produce requests of one connection that may wait for their response; two full reads, so that reading and writing overlap. */
export const MAX_PENDING_REQUEST_BYTES = 4 * 1024 * 1024;

/** What every request counts at least against that bound, bytes: a small request can ask for a large response (Metadata of all topics). */
export const LEAST_REQUEST_COST_BYTES = 8 * 1024;

/** Response bytes of one connection that are made and not yet taken by its socket; beyond it, no further request is served. */
export const MAX_UNSENT_BYTES = 1024 * 1024;

/** Bytes that all fetches together may hold, from the read until their sockets have taken them (`fetch-room.ts`). */
export const MAX_FETCH_BYTES_IN_FLIGHT = 32 * 1024 * 1024;

/** Fetches that may hold one batch each beyond that (KIP-74 asks for that one); the others wait for room. */
export const MAX_FETCHES_OVER_ROOM = 64;

/** Time that one connection may take before the others have their turn, milliseconds: a full read of usual requests takes less. */
export const MAX_TURN_MS = 4;

/** Staged bytes after which the broker writes at once instead of at the end of the event-loop turn: libuv reads up to 32 buffers of a socket a turn. */
export const MAX_STAGED_BYTES = 4 * 1024 * 1024;

/** Partitions of one topic: each is a folder and three files. */
export const MAX_PARTITIONS_PER_TOPIC = 10_000;

/** Partitions of the whole broker. */
export const MAX_PARTITIONS = 100_000;

/** Partition folders that are made at the same time: the thread pool has four threads, and reads of files need one. */
export const FOLDERS_AT_ONCE = 3;

/** Partitions of one DescribeTopicPartitions response (Kafka's `max.request.partition.size.limit`). */
export const MAX_DESCRIBED_PARTITIONS = 2_000;

/** Longest topic name, characters (Kafka's `Topic.MAX_NAME_LENGTH`: a folder name must hold it and the partition). */
export const MAX_TOPIC_NAME_LENGTH = 249;

/** Longest time a fetch may wait, milliseconds: clients ask for 500; a garbled request must not sleep for weeks. */
export const MAX_FETCH_WAIT_MS = 5 * 60_000;

/** Producer ids reserved at once in the data directory: one file write every 1,000 producers (Kafka's block size too). */
export const PRODUCER_ID_BLOCK = 1_000;

/** Identical log lines within this time are counted instead of repeated, milliseconds: a full disk must not flood a terminal. */
export const REPEATED_LINE_MS = 5_000;

/** Pieces of responses are cut from blocks of this size, bytes: about a thousand acks before the next allocation. */
export const RESPONSE_BLOCK_BYTES = 64 * 1024;

/** Connections that wait in the kernel for accept; a load test connects in bursts. */
export const ACCEPT_BACKLOG = 1024;

/** Most bytes that the records of a producer's compressed batch may take, where its topic has the broker open it. */
export const MAX_OPENED_BATCH_BYTES = 64 * 1024 * 1024;
