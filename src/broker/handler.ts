import type { ByteReader } from '../protocol/byte-reader.ts';
import { ByteWriter } from '../protocol/byte-writer.ts';
import { decodeRequest, encodeResponse } from '../protocol/codec.ts';
import { responseHeaderVersion } from '../protocol/headers.ts';
import type { Api, RequestOf, ResponseInput } from '../protocol/schema.ts';
import type { Slab } from '../protocol/slab.ts';
import { type Exchange, UNEXPECTED } from './exchange.ts';
import type { Access } from './security/access.ts';
import type { Address } from './security/listeners.ts';
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
  /** What clients of its listener are told to connect to. */
  readonly advertised: Address;
  /** What the client may do; null when that is everything. */
  readonly access: Access | null;
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
 * Has a request served when its turn has come: all earlier ones of its connection are answered, as Kafka does with every
 * request. Until then its bytes are kept and nothing else, so that a flood of requests costs no more than what was received.
 */
export const serveInTurn = (exchange: Exchange, slab: Slab, serve: () => void): void => {
  slab.retain();
  exchange.onAbandoned = () => slab.release();
  exchange.onTurn = () => {
    exchange.onAbandoned = null;
    try {
      serve();
    } finally {
      slab.release();
    }
  };
};

/**
 * Registers a function that turns a request into its response when it can, and is called when the request's turn has come.
 * A promise that rejects closes the connection with the reason in the log.
 */
export const laterHandler = <A extends Api>(api: A, answer: (call: Call<A>) => Promise<ResponseInput<A>>): Handler => ({
  api,
  versions: api.versions,
  advertised: api.versions,
  serve: (exchange, reader, slab, broker) => {
    serveInTurn(exchange, slab, () => answerLater(api, exchange, answer(readCall(api, exchange, reader, broker))));
  },
});

const answerLater = <A extends Api>(api: A, exchange: Exchange, answering: Promise<ResponseInput<A>>): void => {
  let isAbandoned = false;
  exchange.onAbandoned = () => {
    isAbandoned = true;
  };
  answering
    .then((response) => {
      if (isAbandoned) return;
      settleWith(api, exchange, response);
      exchange.onAbandoned = null;
      exchange.owner.pump();
    })
    // A response that cannot be encoded comes here, too: nobody else would catch it.
    .catch((error: unknown) => {
      if (isAbandoned) return;
      const why = error instanceof Error ? error.stack : String(error);
      exchange.owner.fail(`${api.name} failed in a way the broker did not expect (${why})`, UNEXPECTED);
    });
};

const readCall = <A extends Api>(api: A, exchange: Exchange, reader: ByteReader, broker: BrokerState): Call<A> => ({
  request: decodeRequest(api, exchange.version, reader),
  version: exchange.version,
  broker,
  clientId: exchange.clientId,
  host: exchange.owner.session.host,
  advertised: exchange.owner.session.listener.advertised,
  access: exchange.owner.session.access,
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
 * @param release called once, when the socket has taken the response or never will
 */
export const settleWith = <A extends Api>(
  api: A,
  exchange: Exchange,
  response: ResponseInput<A>,
  release: (() => void) | null = null,
): void => {
  const { version, correlationId } = exchange;
  scratch.reset();
  encodeResponse(api, version, response, scratch);
  const body = Buffer.from(scratch.written());
  if (scratch.buffer.length > MAX_SCRATCH_BYTES) scratch = new ByteWriter(SCRATCH_BYTES);
  exchange.settle(
    (outgoing) => {
      outgoing.beginFrame(correlationId, responseHeaderVersion(api, version) === 1);
      if (body.length < ADDED_FROM_BYTES) {
        outgoing.writer.raw(body);
        outgoing.endFrame();
      } else {
        outgoing.endFrameWith(body.length);
        outgoing.add([body]);
      }
    },
    body.length,
    release,
  );
};
