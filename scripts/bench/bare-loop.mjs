// What a target gives to a client that does nothing for a record: a producer that sends one ready-made Produce request
// again and again, five in flight, and a consumer that fetches and looks at the headers of batches alone. Beside other generators in a comparison
// they show how much of a rate, and of the CPU time of a record, is the target's and the kernel's. Both take partition 0.
// usage: node bare-loop.mjs produce BOOTSTRAP TOPIC RECORDS RECORD_BYTES BATCH_BYTES ACKS
//        node bare-loop.mjs consume BOOTSTRAP TOPIC RECORDS RECORD_BYTES
import { once } from 'node:events';
import { connect } from 'node:net';
import { ProduceBatch } from '../../dist/client/produce-batch.js';
import { headroomBytes, ProduceRequestWriter } from '../../dist/client/produce-request.js';
import { ByteReader } from '../../dist/protocol/byte-reader.js';
import { decodeResponse } from '../../dist/protocol/codec.js';
import { decodeResponseHeader, encodeRequestFrame } from '../../dist/protocol/headers.js';
import { fetch as fetchApi } from '../../dist/protocol/messages/fetch.js';
import { produce as produceApi } from '../../dist/protocol/messages/produce.js';
import { BATCH_OVERHEAD_BYTES, batchLastOffset, batchSizeBytes } from '../../dist/protocol/record-batch.js';

const clientId = 'bare-loop';
const produceVersion = 9;
const fetchVersion = 12;
const inFlight = 5;
const mostFetchBytes = 1024 * 1024;

const [
  what = '',
  bootstrap = '',
  topic = '',
  recordCount = '0',
  recordBytes = '100',
  batchBytes = '65536',
  acks = '1',
] = process.argv.slice(2);
const records = Number(recordCount);
const [, host = '', port = ''] = /^(.*):(\d+)(?:,.*)?$/.exec(bootstrap) ?? [];

/**
 * Opens a socket that gives each whole answer to `onAnswer`, as long as this says.
 * @param {(answer: Buffer) => void} onAnswer its bytes behind the size; they are good only until it returns
 */
const open = async (onAnswer) => {
  const bytes = Buffer.allocUnsafeSlow(4 * mostFetchBytes);
  let end = 0;
  const socket = connect({
    host,
    port: Number(port),
    noDelay: true,
    onread: {
      buffer: () => bytes.subarray(end),
      callback(length) {
        end += length;
        let at = 0;
        while (end - at >= 4 && end - at - 4 >= bytes.readInt32BE(at)) {
          const size = bytes.readInt32BE(at);
          onAnswer(bytes.subarray(at + 4, at + 4 + size));
          at += 4 + size;
        }
        bytes.copyWithin(0, at, end);
        end -= at;
        return true;
      },
    },
  });
  await once(socket, 'connect');
  return socket;
};

/** One batch as our client writes it, with the same value in each record, and its request. */
const readyRequest = () => {
  const batch = new ProduceBatch(headroomBytes(clientId, topic), Number(batchBytes));
  batch.begin(0, 0);
  const nowMs = Date.now();
  const value = Buffer.from(Array.from({ length: Number(recordBytes) }, () => 65 + Math.floor(Math.random() * 26)));
  while (batch.append(nowMs, null, value, 0, 0, 0));
  batch.finish();
  const shape = {
    version: produceVersion,
    clientId,
    acks: acks === 'all' ? -1 : Number(acks),
    timeoutMs: 30_000,
    topic,
  };
  const [frame = Buffer.alloc(0)] = new ProduceRequestWriter(shape).write(1, [batch]);
  return { frame, recordsOfBatch: batch.recordCount };
};

/** Throws an Error when a request was refused: what was not written is not counted. @param {Buffer} answer to a Produce request */
const checkWritten = (answer) => {
  const reader = new ByteReader(answer);
  decodeResponseHeader(1, reader);
  const errorCode = decodeResponse(produceApi, produceVersion, reader).responses[0]?.partitionResponses[0]?.errorCode;
  if (errorCode !== 0) throw new Error(`the target answered a request with error ${errorCode}`);
};

const produce = async () => {
  const { frame, recordsOfBatch } = readyRequest();
  const requests = Math.max(1, Math.ceil(records / recordsOfBatch));
  let sent = 0;
  let answered = 0;
  /** @type {() => void} */
  let over = () => {};
  const socket = await open((answer) => {
    checkWritten(answer);
    answered++;
    if (sent < requests) sendOne();
    else if (answered === requests) over();
  });
  const sendOne = () => {
    sent++;
    socket.write(frame);
  };
  const startedMs = performance.now();
  await new Promise((resolve) => {
    over = () => resolve(null);
    for (let count = 0; count < Math.min(inFlight, requests); count++) sendOne();
  });
  socket.destroy();
  return { records: answered * recordsOfBatch, elapsedSeconds: (performance.now() - startedMs) / 1e3 };
};

/** The offset behind the last whole batch of a Fetch response, or the one before when there is none. @param {Buffer} answer @param {number} offset */
const offsetAfter = (answer, offset) => {
  const reader = new ByteReader(answer);
  decodeResponseHeader(1, reader);
  const { errorCode, responses } = decodeResponse(fetchApi, fetchVersion, reader);
  const found = responses[0]?.partitions[0];
  if (errorCode !== 0 || found === undefined || found.errorCode !== 0)
    throw new Error(`the target answered a fetch with error ${errorCode || found?.errorCode}`);
  const bytes = found.records ?? Buffer.alloc(0);
  let next = offset;
  for (let at = 0; bytes.length - at >= BATCH_OVERHEAD_BYTES; ) {
    const size = batchSizeBytes(bytes, at);
    if (size > bytes.length - at) break;
    next = batchLastOffset(bytes, at) + 1;
    at += size;
  }
  return next;
};

const consume = async () => {
  let offset = 0;
  /** @type {() => void} */
  let over = () => {};
  const socket = await open((answer) => {
    const next = offsetAfter(answer, offset);
    if (next === offset) throw new Error(`the topic ends at offset ${offset}`);
    offset = next;
    if (offset < records) askForMore();
    else over();
  });
  const askForMore = () => {
    const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: mostFetchBytes }];
    const request = { maxWaitMs: 500, minBytes: 1, maxBytes: 50 * mostFetchBytes, topics: [{ topic, partitions }] };
    socket.write(encodeRequestFrame(fetchApi, fetchVersion, 1, clientId, { ...request, forgottenTopicsData: [] }));
  };
  const startedMs = performance.now();
  await new Promise((resolve) => {
    over = () => resolve(null);
    askForMore();
  });
  socket.destroy();
  return { records: offset, elapsedSeconds: (performance.now() - startedMs) / 1e3 };
};

const cpu = process.cpuUsage();
const end = await (what === 'consume' ? consume() : produce());
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(
  `${JSON.stringify({ ...end, recordsPerSecond: end.records / end.elapsedSeconds, cpuSeconds: (user + system) / 1e6 })}\n`,
);
