import type { ByteReader } from '../protocol/byte-reader.ts';
import { decodeRequest, encodeResponse } from '../protocol/codec.ts';
import { responseHeaderVersion } from '../protocol/headers.ts';
import type { Api, RequestOf, ResponseInput } from '../protocol/schema.ts';
import type { Slab } from '../protocol/slab.ts';
import type { Exchange } from './exchange.ts';
import type { BrokerState } from './state.ts';

/** First and last version. */
export type VersionRange = readonly [min: number, max: number];

/** What a handler is given. */
export type Call<A extends Api> = {
  readonly request: RequestOf<A>;
  readonly version: number;
  readonly broker: BrokerState;
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
    const { version } = exchange;
    const request = decodeRequest(api, version, reader);
    settleWith(api, exchange, answer({ request, version, broker }));
  },
});

/** Registers a function that reads the body itself and settles the exchange when it can: Produce and Fetch. */
export const streamHandler = (
  api: Api,
  ranges: { readonly versions: VersionRange; readonly advertised: VersionRange },
  serve: Handler['serve'],
): Handler => ({ api, ...ranges, serve });

/** Settles an exchange with a response of the schema. */
export const settleWith = <A extends Api>(api: A, exchange: Exchange, response: ResponseInput<A>): void => {
  const { version, correlationId } = exchange;
  exchange.settle((outgoing) => {
    outgoing.beginFrame(correlationId, responseHeaderVersion(api, version) === 1);
    encodeResponse(api, version, response, outgoing.writer);
    outgoing.endFrame();
  });
};
