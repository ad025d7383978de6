/** Requests on their way to a handler while faults are set. */
import { ByteReader } from '../../protocol/byte-reader.ts';
import { ByteWriter } from '../../protocol/byte-writer.ts';
import { decodeRequest, decodeResponse, encodeRequest } from '../../protocol/codec.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { decodeResponseHeader, responseHeaderVersion } from '../../protocol/headers.ts';
import type { Api } from '../../protocol/schema.ts';
import { type Slab, SlabPool } from '../../protocol/slab.ts';
import type { EncodeResponse, Exchange } from '../exchange.ts';
import { type Handler, settleWith } from '../handler.ts';
import { Outgoing } from '../outgoing.ts';
import type { BrokerState } from '../state.ts';
import { errorAnswer } from './error-answer.ts';
import { afterHold, type HeldAnswer, type Hold, holdAnswer, NO_HOLD } from './held-exchange.ts';
import { answeredBatches, producedBatches, recordCountOf } from './produced-batches.ts';
import {
  failTopics,
  joinResponse,
  type Message,
  type NameOfTopic,
  namesMatch,
  splitRequest,
} from './request-topics.ts';
import type { Rule } from './rule.ts';
import { topicShapeOf } from './topic-shapes.ts';
import type { TraceFile } from './trace-file.ts';

/** What stands between requests and their handlers. */
export type FaultSource = {
  /** Rules that are set, in the order they were. */
  rules(): readonly Rule[];
  /** Takes note of a hit. */
  struck(rule: Rule, apiName: string, clientId: string, ms: number | null): void;
};

/** What is to become of one request. */
type Verdict = {
  readonly hold: Hold;
  /** The fault that takes the answer's place; null when it is only late. */
  readonly instead: Rule | null;
};

/** One request that a handler was to serve. */
type Served = {
  readonly handler: Handler;
  readonly exchange: Exchange;
  readonly reader: ByteReader;
  readonly slab: Slab;
  readonly broker: BrokerState;
};

/** Requests that were written anew are rare and short-lived: none is kept. */
const anewPool = new SlabPool({ slabBytes: 0, maxFreeBytes: 0 });

/** A handler whose requests meet faults first. */
export const withFaults = (handler: Handler, source: FaultSource): Handler => ({
  ...handler,
  serve: (exchange, reader, slab, broker) => {
    const served = { handler, exchange, reader, slab, broker };
    const trace = traceOf(served, source);
    if (trace === null) meet(served, source);
    else traced(served, trace, (inner) => meet({ ...served, exchange: inner }, source));
  },
});

const meet = (served: Served, source: FaultSource): void => {
  const { handler, exchange, reader, slab, broker } = served;
  const verdict = judge(served, source);
  if (verdict === null) handler.serve(exchange, reader, slab, broker);
  else carryOut(served, verdict);
};

/** The first trace that notes the request; null for none. */
const traceOf = (served: Served, source: FaultSource): TraceFile | null => {
  const { handler, exchange } = served;
  for (const rule of source.rules()) {
    if (rule.trace === null || !rule.isFor(handler.api.name, exchange.clientId) || !isReached(served, rule)) continue;
    rule.strike();
    return rule.trace;
  }
  return null;
};

/** Has a Produce request served, and notes in the trace when it came and when its answer goes to the socket. */
const traced = (served: Served, trace: TraceFile, serve: (inner: Exchange) => void): void => {
  const { handler, exchange } = served;
  const { correlationId } = exchange;
  const arrivalNs = process.hrtime.bigint();
  const batches = producedBatches(requestOf(served));
  holdAnswer(exchange, serve, ({ encode, heldBytes, release }) => {
    const answered = encode === null ? batches : answeredBatches(batches, answerOf(handler.api, exchange, encode));
    const encodeAndNote = (outgoing: Outgoing): void => {
      trace.note({ arrivalNs, releaseNs: process.hrtime.bigint(), correlationId, batches: answered });
      encode?.(outgoing);
    };
    exchange.settle(encodeAndNote, heldBytes, release);
  });
};

/**
 * Holds a request against the rules: delays add up, from when the last of the queues lets it go, and the first fault that takes
 * the place of the answer is the only one.
 */
const judge = (served: Served, source: FaultSource): Verdict | null => {
  const { handler, exchange } = served;
  const { name } = handler.api;
  let delayMs = 0;
  let notBeforeMs = 0;
  let instead: Rule | null = null;
  for (const rule of source.rules()) {
    const { kind } = rule;
    if (kind === 'trace' || !rule.isFor(name, exchange.clientId)) continue;
    const isHold = kind === 'delay' || kind === 'queue';
    if ((!isHold && instead !== null) || !isReached(served, rule) || !rule.strike()) continue;
    if (kind === 'queue') {
      const nowMs = performance.now();
      const departureMs = rule.departureMs(nowMs, rule.asksForRecords ? recordCountOf(requestOf(served)) : 0);
      source.struck(rule, name, exchange.clientId, departureMs - nowMs);
      notBeforeMs = Math.max(notBeforeMs, departureMs);
      continue;
    }
    const ms = kind === 'delay' ? rule.nextDelayMs() : null;
    source.struck(rule, name, exchange.clientId, ms);
    if (ms === null) instead = rule;
    else delayMs += ms;
  }
  return delayMs === 0 && notBeforeMs === 0 && instead === null ? null : { hold: { delayMs, notBeforeMs }, instead };
};

/** True when the request is one that the rule's match looks for, as far as the header does not tell. */
const isReached = (served: Served, rule: Rule): boolean => {
  const { handler, exchange, broker } = served;
  const [first, last] = handler.versions;
  const isRead = exchange.version >= first && exchange.version <= last;
  // A version that is only advertised is answered without being read, and has no answer with another error.
  if (!isRead) return rule.kind !== 'fail' && !rule.asksForTopics;
  if (!rule.asksForTopics) return true;
  const { api } = handler;
  const shape = topicShapeOf(api.name);
  if (shape === null) return false;
  const request = requestOf(served);
  if (isForAllTopics(request, shape.asked, api, exchange.version)) return rule.match.partition === undefined;
  return namesMatch(request, shape, rule.match, nameOfTopic(broker));
};

const carryOut = (served: Served, { hold, instead }: Verdict): void => {
  const { handler, exchange, reader, slab, broker } = served;
  if (instead === null) {
    const settle = ({ encode, heldBytes, release }: HeldAnswer): void =>
      afterHold(
        exchange,
        hold,
        () => exchange.settle(encode, heldBytes, release),
        () => release?.(),
      );
    holdAnswer(exchange, (inner) => handler.serve(inner, reader, slab, broker), settle);
    return;
  }
  const { fault } = instead;
  if ('fail' in fault) fail(served, instead, ErrorCode[fault.fail.error], hold);
  else if ('drop' in fault && fault.drop.when === 'after') {
    const drop = ({ release }: HeldAnswer): void => {
      release?.();
      afterHold(
        exchange,
        hold,
        () => dropFor(served, 'after it was served'),
        () => {},
      );
    };
    holdAnswer(exchange, (inner) => handler.serve(inner, reader, slab, broker), drop);
  } else
    afterHold(
      exchange,
      hold,
      () => dropFor(served, 'before it was served'),
      () => {},
    );
};

const dropFor = ({ handler, exchange }: Served, when: string): void =>
  exchange.owner.fail(`a fault drops the connection of this ${handler.api.name} request ${when}`);

/** Answers with the error: the whole request, or what of it the rule is for, and the rest is served. */
const fail = (served: Served, rule: Rule, errorCode: number, hold: Hold): void => {
  const { handler, exchange, broker } = served;
  const { api } = handler;
  const { match } = rule;
  const request = requestOf(served);
  const shape = topicShapeOf(api.name);
  const answer = (response: Message): void =>
    afterHold(
      exchange,
      hold,
      () => settleWith(api, exchange, response),
      () => {},
    );
  if (request.acks === 0 && api.name === 'Produce') {
    // Nothing can be answered to acks=0: as in Kafka, the closed connection tells the producer.
    afterHold(
      exchange,
      hold,
      () => dropFor(served, 'with acks=0, which has no answer for an error'),
      () => {},
    );
    return;
  }
  if (shape === null) {
    answer(errorAnswer(api, request, errorCode, exchange.version));
    return;
  }
  // Without some topics, a request of Metadata version 0 might become one for all topics.
  if (isForAllTopics(request, shape.asked, api, exchange.version) || (shape.isAlwaysServed && exchange.version === 0)) {
    serveAnew(served, request, (response) => answer(failTopics(api, shape, response, match, errorCode)));
    return;
  }
  const { failed, rest } = splitRequest(api, shape, request, match, errorCode, nameOfTopic(broker));
  if (rest === null) answer(joinResponse(api, shape, null, failed));
  else serveAnew(served, rest, (response) => answer(joinResponse(api, shape, response, failed)));
};

/** Metadata asks for all topics with null; its version 0, which has no null, with no topics. */
const isForAllTopics = (request: Message, name: string, api: Api, version: number): boolean => {
  const topics = request[name];
  return topics === null || (api.name === 'Metadata' && version === 0 && Array.isArray(topics) && topics.length === 0);
};

/** Serves a request that was changed, and gives its response. */
const serveAnew = (served: Served, request: Message, onResponse: (response: Message) => void): void => {
  const { handler, exchange, broker } = served;
  const { api } = handler;
  const writer = new ByteWriter();
  encodeRequest(api, exchange.version, request, writer);
  const body = writer.written();
  const slab = anewPool.take(body.length);
  body.copy(slab.bytes);
  const onSettled = (answer: HeldAnswer): void =>
    afterHold(
      exchange,
      NO_HOLD,
      () => onResponse(responseOf(api, exchange, answer)),
      () => {},
    );
  holdAnswer(
    exchange,
    (inner) => handler.serve(inner, new ByteReader(slab.bytes, 0, body.length), slab, broker),
    onSettled,
  );
  slab.release();
};

const responseOf = (api: Api, exchange: Exchange, { encode, release }: HeldAnswer): Message => {
  const response = answerOf(api, exchange, encode);
  release?.();
  return response;
};

/** What a client would read; the answer itself can still be encoded for its connection. */
const answerOf = (api: Api, { version }: Exchange, encode: EncodeResponse | null): Message => {
  const outgoing = new Outgoing(Buffer.alloc(0));
  encode?.(outgoing);
  const frame = Buffer.concat(outgoing.finish());
  for (const each of outgoing.releases) each();
  // The size of the frame comes before its header.
  const reader = new ByteReader(frame, 4);
  decodeResponseHeader(responseHeaderVersion(api, version), reader);
  return decodeResponse(api, version, reader);
};

/** The request as the schema has it; the handler reads it again from where it stands. */
const requestOf = ({ handler, exchange, reader }: Served): Message =>
  decodeRequest(handler.api, exchange.version, new ByteReader(reader.buffer, reader.position, reader.end));

const nameOfTopic =
  ({ topics }: BrokerState): NameOfTopic =>
  (topicId) =>
    topics.getById(topicId)?.name;
