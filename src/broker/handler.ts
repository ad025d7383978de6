import type { ByteReader } from '../protocol/byte-reader.ts';
import { ByteWriter } from '../protocol/byte-writer.ts';
import { decodeRequest, encodeResponse } from '../protocol/codec.ts';
import { responseHeaderVersion } from '../protocol/headers.ts';
import type { Api, RequestOf, ResponseInput } from '../protocol/schema.ts';
import type { Slab } from '../protocol/slab.ts';
import { type Exchange, UNEXPECTED } from './exchange.ts';
import type { BrokerState } from './state.ts';

/** What the encoder begins with, and the most it keeps, bytes: Metadata of a thousand partitions fits. */
const SCRATCH_BYTES = 4 * 1024;
const MAX_SCRATCH_BYTES = 1024 * 1024;

/** A body from this size on goes out as it is instead of being copied into the connection's block, bytes. */
const ADDED_FROM_BYTES = 8 * 1024;

/** First and last version. */
export type VersionRange = readonly [min: number, max: number];

/** What a handler is given. */
export type Call<A extends Api> = {
  readonly request: RequestOf<A>;
  readonly version: number;
  readonly broker: BrokerState;
  /** The client id of the request's header; empty when it had none. */
  readonly clientId: string;
  /** The address the request came from. */
  readonly host: string;
};

/** An API that the broker serves, and how. ApiVersions is made from these and from nothing else. */
export type Handler = {
  readonly api: Api;
  /** Versions that are served. */
  readonly versions: VersionRange;
  /** Versions that clients are told; the same but for Produce. */
  readonly advertised: VersionRange;
  /**
   * Serves a request whose body stands at `reader`, in `slab`: settles the exchange now or later.
   * Throws ProtocolError for a body that cannot be; the connection is then closed.
   */
  readonly serve: (exchange: Exchange, reader: ByteReader, slab: Slab, broker: BrokerState) => void;
};

/** Registers a function that turns a request into its response at once, for the versions that the API describes. */
export const handler = <A extends Api>(api: A, answer: (call: Call<A>) => ResponseInput<A>): Handler => ({
  api,
  versions: api.versions,
  advertised: api.versions,
  serve: (exchange, reader, _slab, broker) => {
    settleWith(api, exchange, answer(readCall(api, exchange, reader, broker)));
  },
});

/**
 * Registers a function that turns a request into its response when it can; later requests of the connection go on meanwhile,
 * and their responses wait for this one. A promise that rejects closes the connection with the reason in the log.
 */
export const laterHandler = <A extends Api>(api: A, answer: (call: Call<A>) => Promise<ResponseInput<A>>): Handler => ({
  api,
  versions: api.versions,
  advertised: api.versions,
  serve: (exchange, reader, _slab, broker) => {
    let isAbandoned = false;
    exchange.onAbandoned = () => {
      isAbandoned = true;
    };
    answer(readCall(api, exchange, reader, broker)).then(
      (response) => {
        if (isAbandoned) return;
        exchange.onAbandoned = null;
        settleWith(api, exchange, response);
        exchange.owner.pump();
      },
      (error: unknown) => {
        if (!isAbandoned)
          exchange.owner.fail(
            `${api.name} failed in a way the broker did not expect (${error instanceof Error ? error.stack : String(error)})`,
            UNEXPECTED,
          );
      },
    );
  },
});

const readCall = <A extends Api>(api: A, exchange: Exchange, reader: ByteReader, broker: BrokerState): Call<A> => ({
  request: decodeRequest(api, exchange.version, reader),
  version: exchange.version,
  broker,
  clientId: exchange.clientId,
  host: exchange.owner.host,
});

/** Registers a function that reads the body itself and settles the exchange when it can: Produce and Fetch. */
export const streamHandler = (
  api: Api,
  ranges: { readonly versions: VersionRange; readonly advertised: VersionRange },
  serve: Handler['serve'],
): Handler => ({ api, ...ranges, serve });

/** What responses are encoded into before their size is known; used again and again, since encoding never waits. */
let scratch = new ByteWriter(SCRATCH_BYTES);

/**
 * Settles an exchange with a response of the schema. It is encoded at once, so that the connection knows its bytes and stops
 * serving before too many of them wait for a slow reader.
 */
export const settleWith = <A extends Api>(api: A, exchange: Exchange, response: ResponseInput<A>): void => {
  const { version, correlationId } = exchange;
  scratch.reset();
  encodeResponse(api, version, response, scratch);
  const body = Buffer.from(scratch.written());
  if (scratch.buffer.length > MAX_SCRATCH_BYTES) scratch = new ByteWriter(SCRATCH_BYTES);
  exchange.settle((outgoing) => {
    outgoing.beginFrame(correlationId, responseHeaderVersion(api, version) === 1);
    if (body.length < ADDED_FROM_BYTES) {
      outgoing.writer.raw(body);
      outgoing.endFrame();
    } else {
      outgoing.endFrameWith(body.length);
      outgoing.add([body]);
    }
  }, body.length);
};
