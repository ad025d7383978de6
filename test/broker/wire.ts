import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type RunningBroker, startBroker } from '../../src/broker/broker.ts';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { decodeResponse } from '../../src/protocol/codec.ts';
import { decodeResponseHeader, encodeRequestFrame, responseHeaderVersion } from '../../src/protocol/headers.ts';
import { createTopics } from '../../src/protocol/messages/create-topics.ts';
import type { fetch } from '../../src/protocol/messages/fetch.ts';
import { produce } from '../../src/protocol/messages/produce.ts';
import { encodeRecordBatch } from '../../src/protocol/record-batch.ts';
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema.ts';

/** A fresh folder that goes with the test. */
export const temporaryDirectory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'spillway-broker-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

/** A broker on a free port that ends with the test, and the lines it logged. */
export const brokerForTest = async (
  config: Record<string, string> = {},
  dataDir: string = temporaryDirectory(),
): Promise<{ broker: RunningBroker; lines: string[]; dataDir: string }> => {
  const lines: string[] = [];
  const broker = await startBroker({ host: '127.0.0.1', port: 0, dataDir, config, log: (line) => lines.push(line) });
  onTestFinished(() => broker.close());
  return { broker, lines, dataDir };
};

/** A bare connection: frames out, frames in, in the order they come. */
export class Wire {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #frames: Buffer[] = [];
  #waiting: ((frame: Buffer | null) => void)[] = [];
  #isClosed = false;
  #nextCorrelationId = 1;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(null);
    });
  }

  /** On a socket that is connected. */
  static on(socket: Socket): Wire {
    return new Wire(socket);
  }

  static async open(broker: { readonly host: string; readonly port: number }): Promise<Wire> {
    const socket = connect(broker.port, broker.host);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    onTestFinished(() => {
      socket.destroy();
    });
    return new Wire(socket);
  }

  /** The next frame without its size, or null once the connection is closed. */
  frame(): Promise<Buffer | null> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends a request and gives its correlation id. */
  send<A extends Api>(api: A, version: number, request: RequestInput<A>): number {
    const correlationId = this.#nextCorrelationId++;
    this.socket.write(encodeRequestFrame(api, version, correlationId, 'test', request));
    return correlationId;
  }

  /** Reads the next frame as the response with that id. */
  async receive<A extends Api>(api: A, version: number, correlationId: number): Promise<ResponseOf<A>> {
    const frame = await this.frame();
    if (frame === null) throw new Error(`the connection was closed before ${api.name} was answered`);
    const reader = new ByteReader(frame);
    const answered = decodeResponseHeader(responseHeaderVersion(api, version), reader);
    if (answered !== correlationId) throw new Error(`response ${answered} came, ${correlationId} was expected`);
    const response = decodeResponse(api, version, reader);
    reader.expectEnd();
    return response;
  }

  /** One request and its response. */
  ask<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
    return this.receive(api, version, this.send(api, version, request));
  }

  #onData(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0);
      if (this.#received.length < end) return;
      const frame = this.#received.subarray(4, end);
      this.#received = this.#received.subarray(end);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#frames.push(frame);
      else waiting(frame);
    }
  }
}

/** Stands in a request for the greatest int64, which no JavaScript number is. */
export const GREATEST_INT64 = 0x0123_4567_89ab;

/** Sends a request that has GREATEST_INT64 in one place, and gives its response. */
export const askWithGreatestInt64 = <A extends Api>(
  wire: Wire,
  api: A,
  version: number,
  request: RequestInput<A>,
): Promise<ResponseOf<A>> => {
  const correlationId = 77;
  const frame = encodeRequestFrame(api, version, correlationId, 'test', request);
  frame.writeBigInt64BE(2n ** 63n - 1n, frame.indexOf(Buffer.from('00000123456789ab', 'hex')));
  wire.socket.write(frame);
  return wire.receive(api, version, correlationId);
};

/** Makes a topic and gives its id. */
export const makeTopic = async (
  wire: Wire,
  name: string,
  options: { partitions?: number; config?: Record<string, string> } = {},
): Promise<string> => {
  const { partitions = 1, config = {} } = options;
  const { topics } = await wire.ask(createTopics, 7, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      },
    ],
  });
  const [topic] = topics;
  if (topic?.errorCode !== 0) throw new Error(`making ${name} failed: ${topic?.errorMessage}`);
  return topic.topicId;
};

/** One batch of text records. */
export const batchOf = (...values: string[]): Buffer =>
  encodeRecordBatch(
    values.map((value, index) => ({ timestampMs: 1000 + index, key: null, value: Buffer.from(value) })),
  );

/** Produces one batch and gives the partition's answer. */
export const produceTo = async (wire: Wire, name: string, records: Buffer | null, options: ProduceOptions = {}) => {
  const { version = 11, acks = 1, index = 0 } = options;
  const { responses } = await wire.ask(produce, version, produceRequest(name, records, { acks, index }));
  const answer = responses[0]?.partitionResponses[0];
  if (answer === undefined) throw new Error('a produce response without a partition');
  return answer;
};

type ProduceOptions = { version?: number; acks?: number; index?: number };

/** A Produce request with one batch. */
export const produceRequest = (
  name: string,
  records: Buffer | null,
  { acks = 1, index = 0 }: ProduceOptions = {},
): RequestInput<typeof produce> => ({
  acks,
  timeoutMs: 1000,
  topicData: [{ name, partitionData: [{ index, records }] }],
});

/** A Fetch request for one partition, by name or by id. */
export const fetchRequest = (
  topic: { name: string } | { id: string },
  fetchOffset: number,
  options: {
    maxWaitMs?: number;
    minBytes?: number;
    maxBytes?: number;
    partitionMaxBytes?: number;
    index?: number;
  } = {},
): RequestInput<typeof fetch> => {
  const { maxWaitMs = 0, minBytes = 1, maxBytes = 0x7fffffff, partitionMaxBytes = 1 << 20, index = 0 } = options;
  return {
    maxWaitMs,
    minBytes,
    maxBytes,
    topics: [
      {
        ...('name' in topic ? { topic: topic.name } : { topicId: topic.id }),
        partitions: [{ partition: index, fetchOffset, partitionMaxBytes }],
      },
    ],
    forgottenTopicsData: [],
  };
};
