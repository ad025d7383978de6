import net from 'node:net';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { decodeRequest } from '../../src/protocol/codec.ts';
import { decodeRequestHeader, encodeResponseFrame, requestHeaderVersion } from '../../src/protocol/headers.ts';
import { allApis } from '../../src/protocol/messages/all.ts';
import { apiVersions } from '../../src/protocol/messages/api-versions.ts';
import { fetch } from '../../src/protocol/messages/fetch.ts';
import { initProducerId } from '../../src/protocol/messages/init-producer-id.ts';
import { listOffsets } from '../../src/protocol/messages/list-offsets.ts';
import { metadata } from '../../src/protocol/messages/metadata.ts';
import { produce } from '../../src/protocol/messages/produce.ts';
import type { Api, RequestOf, ResponseInput } from '../../src/protocol/schema.ts';

/**
 * What a scripted broker does with a request: answers it, drops the connection, answers nothing on it from here on, since answers
 * come in order, or passes over the request and answers the next, as no broker should.
 */
export type Reply<A extends Api> = ResponseInput<A> | 'drop' | 'silence' | 'skip';

/** The answers of a scripted broker; what is left out is answered plainly. */
export type Script = {
  readonly apiVersions?: (version: number) => Reply<typeof apiVersions>;
  readonly metadata?: () => Reply<typeof metadata>;
  readonly produce?: (request: RequestOf<typeof produce>, count: number) => Reply<typeof produce>;
  readonly fetch?: (request: RequestOf<typeof fetch>, count: number) => Reply<typeof fetch>;
  readonly initProducerId?: (request: RequestOf<typeof initProducerId>) => Reply<typeof initProducerId>;
  readonly listOffsets?: (request: RequestOf<typeof listOffsets>) => Reply<typeof listOffsets>;
};

/** A broker on a real socket whose answers a test writes down; one topic `t` with one partition, led by node 1. */
export type ScriptedBroker = { readonly port: number; readonly bootstrapServers: string; close(): Promise<void> };

const plainVersions = (): ResponseInput<typeof apiVersions> => ({
  errorCode: 0,
  apiKeys: allApis.map((api) => ({ apiKey: api.key, minVersion: api.versions[0], maxVersion: api.versions[1] })),
});

/** Metadata of topic `t` whose one partition is led by `leader`; `ports` are those of nodes 1, 2, ... */
export const metadataOf = (ports: readonly number[], leader = 1): ResponseInput<typeof metadata> => ({
  brokers: ports.map((port, index) => ({ nodeId: index + 1, host: '127.0.0.1', port })),
  controllerId: 1,
  topics: [
    {
      errorCode: 0,
      name: 't',
      topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      partitions: [
        { errorCode: 0, partitionIndex: 0, leaderId: leader, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] },
      ],
    },
  ],
});

/** A Produce answer for partition 0. */
export const produced = (errorCode: number, baseOffset = 0): ResponseInput<typeof produce> => ({
  responses: [{ name: 't', partitionResponses: [{ index: 0, errorCode, baseOffset }] }],
});

export const startScriptedBroker = async (script: Script): Promise<ScriptedBroker> => {
  const sockets = new Set<net.Socket>();
  const silent = new WeakSet<net.Socket>();
  const counts = { produce: 0, fetch: 0 };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const size = pending.readInt32BE(0);
        serve(socket, pending.subarray(4, 4 + size));
        pending = pending.subarray(4 + size);
      }
    });
  });
  const serve = (socket: net.Socket, frame: Buffer): void => {
    const [key, version] = [frame.readInt16BE(0), frame.readInt16BE(2)];
    const answer = <A extends Api>(api: A, make: (request: RequestOf<A>) => Reply<A>): void => {
      const reader = new ByteReader(frame);
      const { correlationId } = decodeRequestHeader(requestHeaderVersion(api, version), reader);
      const reply = make(decodeRequest(api, version, reader));
      if (reply === 'drop') socket.destroy();
      else if (reply === 'silence') silent.add(socket);
      else if (reply !== 'skip' && !silent.has(socket))
        socket.write(encodeResponseFrame(api, version, correlationId, reply));
    };
    if (key === apiVersions.key) answer(apiVersions, () => script.apiVersions?.(version) ?? plainVersions());
    else if (key === metadata.key) answer(metadata, () => script.metadata?.() ?? metadataOf([port()]));
    else if (key === produce.key)
      answer(produce, (request) => script.produce?.(request, counts.produce++) ?? produced(0));
    else if (key === fetch.key) answer(fetch, (request) => script.fetch?.(request, counts.fetch++) ?? 'silence');
    else if (key === initProducerId.key)
      answer(
        initProducerId,
        (request) => script.initProducerId?.(request) ?? { errorCode: 0, producerId: 7, producerEpoch: 0 },
      );
    else if (key === listOffsets.key)
      answer(
        listOffsets,
        (request) =>
          script.listOffsets?.(request) ?? {
            topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, offset: 0 }] }],
          },
      );
    else socket.destroy();
  };
  const port = (): number => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: port(),
    bootstrapServers: `127.0.0.1:${port()}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};
