import type { Socket } from 'node:net';
import { ByteReader } from '../protocol/byte-reader.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { FrameError, FrameReader } from '../protocol/frame-reader.ts';
import { skipTaggedFields } from '../protocol/headers.ts';
import { isFlexible } from '../protocol/schema.ts';
import type { Slab, SlabPool } from '../protocol/slab.ts';
import { answerUnknownVersion } from './apis/api-versions.ts';
import { answerBareMessage } from './apis/sasl-authenticate.ts';
import { Exchange, type ExchangeOwner, UNEXPECTED } from './exchange.ts';
import type { Handler } from './handler.ts';
import {
  LEAST_REQUEST_COST_BYTES,
  MAX_PENDING_REQUEST_BYTES,
  MAX_PENDING_REQUESTS,
  MAX_TURN_MS,
  MAX_UNSENT_BYTES,
} from './limits.ts';
import type { Outgoing } from './outgoing.ts';
import type { ClientSession } from './security/client-session.ts';
import { MAX_UNAUTHENTICATED_FRAME_BYTES } from './security/limits.ts';
import type { BrokerState } from './state.ts';

const API_VERSIONS_KEY = 18;
/** API key, API version, correlation id, length of the client id. */
const LEAST_HEADER_BYTES = 10;
const NO_BYTES = Buffer.alloc(0);
/** Requests between two looks at the clock, a power of two. */
const STEPS_A_LOOK = 4;
/** Parked frames that were served are cut off the list when there are so many. */
const SERVED_UNTIL_CUT = 1024;

/** A frame that has to wait: too much of its connection is unanswered, or it had its turn. */
type ParkedFrame = { readonly slab: Slab; readonly start: number; readonly end: number };

/** What a connection needs beside the broker. */
export type ConnectionOptions = {
  readonly broker: BrokerState;
  readonly session: ClientSession;
  /** Peer as people write it, for log lines. */
  readonly peer: string;
  readonly idlePool: SlabPool;
  readonly busyPool: SlabPool;
  /** Called when requests were answered although the bound over all connections had been reached. */
  readonly onRelief: () => void;
};

/**
 * One client's connection: frames become requests, responses go out in the order of the requests, however long one of them
 * waits. When too much is pending or unsent, or others should have their turn, the socket is not read and frames that came
 * already wait: they are those of one read, so that a connection keeps two read buffers at most, whatever it is sent.
 */
export class Connection implements ExchangeOwner {
  readonly session: ClientSession;
  readonly peer: string;
  readonly #broker: BrokerState;
  readonly #reader: FrameReader;
  readonly #onRelief: () => void;
  #socket: Socket | null = null;
  /** The client id of the last request, and its bytes: a client sends the same one all along. */
  #clientId = '';
  #clientIdBytes: Buffer = NO_BYTES;
  /** Requests without an answer sent, oldest at #head. */
  #exchanges: Exchange[] = [];
  #head = 0;
  #pendingBytes = 0;
  /** Bytes of settled responses that the socket has not taken. */
  #heldBytes = 0;
  /** Frames that wait, oldest at #parkedHead. */
  #parked: ParkedFrame[] = [];
  #parkedHead = 0;
  #stepsInTurn = 0;
  #turnBeganMs = 0;
  #isResting = false;
  #isPumping = false;
  #isReceiving = false;
  #isPaused = false;
  /** Set while the client is over its quota. */
  #muted: NodeJS.Timeout | null = null;
  #mutedUntilMs = 0;
  #isClosed = false;
  /** Set by each read; the server clears it when it looks for idle connections. */
  wasActive = true;
  /** When the server last saw it active, milliseconds of performance.now(). */
  activeAtMs = performance.now();

  constructor(options: ConnectionOptions) {
    this.session = options.session;
    this.peer = options.peer;
    this.#broker = options.broker;
    this.#onRelief = options.onRelief;
    this.#reader = new FrameReader({
      idlePool: options.idlePool,
      busyPool: options.busyPool,
      maxFrameBytes:
        options.session.sasl === null
          ? options.broker.settings.socketRequestMaxBytes
          : Math.min(MAX_UNAUTHENTICATED_FRAME_BYTES, options.broker.settings.socketRequestMaxBytes),
      onFrame: (slab, start, end) => this.#onFrame(slab, start, end),
    });
  }

  /** Where the socket is to read into. */
  target(): Buffer {
    return this.#reader.target();
  }

  /** Takes the socket whose reads go to `target()` and `received()`. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('drain', () => this.pump());
    // A client that goes away is no fault of the broker: 'close' follows and frees everything.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#onClose());
  }

  /** The socket has put bytes into `target()`. */
  received(byteCount: number): void {
    this.wasActive = true;
    this.#isReceiving = true;
    this.#stepsInTurn = 0;
    try {
      this.#reader.received(byteCount);
    } catch (error) {
      this.#failFor(error);
    }
    this.#isReceiving = false;
    this.pump();
  }

  /** True when nothing is to be answered or sent. */
  get isIdle(): boolean {
    return this.#head === this.#exchanges.length && (this.#socket?.writableLength ?? 0) === 0;
  }

  /** Closes it at once. */
  destroy(): void {
    this.#socket?.destroy();
  }

  /** Its next requests wait for so many milliseconds: the client is over its quota. */
  mute(timeMs: number): void {
    if (this.#isClosed || timeMs <= 0) return;
    const untilMs = performance.now() + timeMs;
    if (untilMs <= this.#mutedUntilMs) return;
    this.#mutedUntilMs = untilMs;
    if (this.#muted !== null) clearTimeout(this.#muted);
    this.#muted = setTimeout(() => {
      this.#muted = null;
      this.pump();
    }, timeMs);
  }

  /** A response was settled that keeps so many bytes until the socket has taken it. */
  held(sizeBytes: number): void {
    this.#heldBytes += sizeBytes;
  }

  /** Closes it with one line in the log, of a kind that the journal counts apart. */
  fail(why: string, kind = 'closed connections'): void {
    if (this.#isClosed || this.#socket === null || this.#socket.destroyed) return;
    this.#broker.journal.say(kind, `closed the connection from ${this.peer}: ${why}`);
    this.#socket.destroy();
  }

  /** Sends what is settled, in order, then serves frames that had to wait, and reads on or stops reading. */
  pump(): void {
    if (this.#isPumping || this.#isClosed) return;
    this.#isPumping = true;
    do this.#send();
    while (this.#giveTurn() || this.#serveParked());
    this.#isPumping = false;
    // During a read the frames of this very read are still to come; received() pumps again.
    if (!this.#isReceiving) this.#pauseOrResume();
  }

  /** Bytes that were made for the socket and that it has not taken; small answers of producers are only in its own count. */
  get #unsentBytes(): number {
    return Math.max(this.#heldBytes, this.#socket?.writableLength ?? 0);
  }

  get #isBlocked(): boolean {
    const { queuedRequests, settings } = this.#broker;
    const pendingCount = this.#exchanges.length - this.#head;
    return (
      this.#broker.faults.isFrozen ||
      this.#muted !== null ||
      this.#unsentBytes >= MAX_UNSENT_BYTES ||
      pendingCount >= MAX_PENDING_REQUESTS ||
      this.#pendingBytes >= MAX_PENDING_REQUEST_BYTES ||
      (settings.queuedMaxRequestBytes >= 0 &&
        queuedRequests.bytes >= settings.queuedMaxRequestBytes &&
        pendingCount > 0)
    );
  }

  /** Counts one more piece of work; true when the others should have their turn, and this connection goes on afterwards. */
  #hasHadTurn(): boolean {
    if (this.#isResting) return true;
    if ((++this.#stepsInTurn & (STEPS_A_LOOK - 1)) !== 0) return false;
    const nowMs = performance.now();
    if (this.#stepsInTurn === STEPS_A_LOOK) this.#turnBeganMs = nowMs;
    if (nowMs - this.#turnBeganMs < MAX_TURN_MS) return false;
    this.#isResting = true;
    setImmediate(this.#onRested);
    return true;
  }

  readonly #onRested = (): void => {
    this.#isResting = false;
    this.#stepsInTurn = 0;
    this.pump();
  };

  /** Tells the oldest exchange that waits for it that its turn has come; true when it was settled at once. */
  #giveTurn(): boolean {
    const exchange = this.#exchanges[this.#head];
    if (exchange === undefined || exchange.onTurn === null || exchange.isSettled) return false;
    if (this.#broker.faults.isFrozen) return false;
    if (this.#socket?.destroyed || this.#unsentBytes >= MAX_UNSENT_BYTES || this.#hasHadTurn()) return false;
    const { onTurn } = exchange;
    exchange.onTurn = null;
    try {
      onTurn();
    } catch (error) {
      this.#failFor(error);
    }
    return exchange.isSettled;
  }

  #onFrame(slab: Slab, start: number, end: number): void {
    if (this.#socket?.destroyed) return;
    if (this.#hasParked || this.#isBlocked || this.#hasHadTurn()) {
      slab.retain();
      this.#parked.push({ slab, start, end });
      return;
    }
    this.#serve(slab, start, end);
  }

  get #hasParked(): boolean {
    return this.#parkedHead < this.#parked.length;
  }

  /** Serves parked frames as far as the bounds allow; true when it served one. */
  #serveParked(): boolean {
    let hasServed = false;
    while (this.#hasParked && !this.#isClosed && !this.#socket?.destroyed && !this.#isBlocked && !this.#hasHadTurn()) {
      const frame = this.#parked[this.#parkedHead++];
      if (frame === undefined) break;
      hasServed = true;
      try {
        this.#serve(frame.slab, frame.start, frame.end);
      } catch (error) {
        this.#failFor(error);
      }
      frame.slab.release();
    }
    if (!this.#hasParked || this.#parkedHead >= SERVED_UNTIL_CUT) {
      this.#parked.splice(0, this.#parkedHead);
      this.#parkedHead = 0;
    }
    return hasServed;
  }

  /** Serves one request. Throws ProtocolError for bytes that are none. */
  #serve(slab: Slab, start: number, end: number): void {
    const { bytes } = slab;
    const { sasl } = this.session;
    const costBytes = Math.max(end - start, LEAST_REQUEST_COST_BYTES);
    if (sasl?.takesBareMessages === true) {
      const exchange = new Exchange(this, { version: 0, correlationId: 0, clientId: '' }, costBytes);
      answerBareMessage(this.#enqueue(exchange), sasl, bytes.subarray(start, end));
      return;
    }
    if (end - start < LEAST_HEADER_BYTES)
      throw new ProtocolError(`a frame of ${end - start} bytes is too short for a request`);
    const key = bytes.readInt16BE(start);
    const version = bytes.readInt16BE(start + 2);
    const correlationId = bytes.readInt32BE(start + 4);
    const refusal = sasl === null ? null : sasl.refusal(key);
    if (refusal !== null) throw new ProtocolError(refusal);
    if (sasl !== null && sasl.user !== null) this.#reader.maxFrameBytes = this.#broker.settings.socketRequestMaxBytes;
    const served = this.#broker.handlers.get(key);
    if (served === undefined) throw new ProtocolError(`the API with key ${key} (version ${version}) is not offered`);
    if (!covers(served, version)) {
      if (key !== API_VERSIONS_KEY)
        throw new ProtocolError(
          `${served.api.name} version ${version} is not offered, only ${served.versions[0]} to ${served.versions[1]}`,
        );
      answerUnknownVersion(this.#enqueue(new Exchange(this, { version: 0, correlationId, clientId: '' }, costBytes)));
      return;
    }
    const reader = new ByteReader(bytes, start + 8, end);
    const clientId = this.#readClientId(reader, bytes);
    if (isFlexible(served.api, version)) skipTaggedFields(reader);
    const exchange = new Exchange(this, { version, correlationId, clientId }, costBytes);
    served.serve(this.#enqueue(exchange), reader, slab, this.#broker);
    if (exchange.onTurn !== null) this.#giveTurn();
  }

  #readClientId(reader: ByteReader, bytes: Buffer): string {
    const sizeBytes = reader.int16();
    if (sizeBytes <= 0) return '';
    const start = reader.position;
    reader.skip(sizeBytes);
    if (!isSame(this.#clientIdBytes, bytes, start, sizeBytes)) {
      this.#clientIdBytes = Buffer.from(bytes.subarray(start, start + sizeBytes));
      this.#clientId = this.#clientIdBytes.toString('utf8');
    }
    return this.#clientId;
  }

  #enqueue(exchange: Exchange): Exchange {
    this.#exchanges.push(exchange);
    this.#pendingBytes += exchange.costBytes;
    this.#broker.queuedRequests.bytes += exchange.costBytes;
    return exchange;
  }

  /** Writes all responses whose turn has come. */
  #send(): void {
    const socket = this.#socket;
    if (socket === null || socket.destroyed || this.#exchanges[this.#head]?.isSettled !== true) return;
    if (this.#broker.faults.isFrozen) return;
    const { responseBlocks, queuedRequests } = this.#broker;
    const outgoing = responseBlocks.open();
    let answeredBytes = 0;
    let heldBytes = 0;
    try {
      for (;;) {
        const exchange = this.#exchanges[this.#head];
        if (exchange === undefined || !exchange.isSettled) break;
        this.#head++;
        answeredBytes += exchange.costBytes;
        heldBytes += exchange.heldBytes;
        exchange.writeTo(outgoing);
      }
    } catch (error) {
      this.#failFor(error);
    }
    responseBlocks.close(outgoing);
    if (this.#head === this.#exchanges.length) {
      this.#exchanges.length = 0;
      this.#head = 0;
    } else if (this.#head >= MAX_PENDING_REQUESTS) {
      this.#exchanges.splice(0, this.#head);
      this.#head = 0;
    }
    this.#pendingBytes -= answeredBytes;
    queuedRequests.bytes -= answeredBytes;
    this.#write(socket, outgoing, heldBytes);
    if (this.#broker.settings.queuedMaxRequestBytes >= 0) this.#onRelief();
  }

  /** One write for all pieces; what they held is let go when the socket has taken them. */
  #write(socket: Socket, outgoing: Outgoing, heldBytes: number): void {
    const pieces = outgoing.finish();
    const { releases } = outgoing;
    const [first] = pieces;
    const onTaken =
      releases.length === 0 && heldBytes === 0
        ? undefined
        : () => {
            for (const release of releases) release();
            this.#heldBytes -= heldBytes;
            if (this.#isPaused || this.#exchanges[this.#head]?.onTurn != null) this.pump();
          };
    if (first === undefined || socket.destroyed) {
      onTaken?.();
      return;
    }
    if (pieces.length === 1) {
      socket.write(first, onTaken);
      return;
    }
    socket.cork();
    for (let index = 0; index < pieces.length - 1; index++) socket.write(pieces[index] ?? first);
    socket.write(pieces[pieces.length - 1] ?? first, onTaken);
    socket.uncork();
  }

  #pauseOrResume(): void {
    const socket = this.#socket;
    if (socket === null || socket.destroyed) return;
    const shallPause = this.#hasParked || this.#isBlocked;
    if (shallPause === this.#isPaused) return;
    this.#isPaused = shallPause;
    if (shallPause) socket.pause();
    else socket.resume();
  }

  #failFor(error: unknown): void {
    if (error instanceof FrameError || error instanceof ProtocolError) {
      this.fail(error.message);
      return;
    }
    this.fail(
      `the broker failed in a way it did not expect (${error instanceof Error ? error.stack : String(error)})`,
      UNEXPECTED,
    );
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#muted !== null) clearTimeout(this.#muted);
    this.#reader.close();
    for (let index = this.#parkedHead; index < this.#parked.length; index++) this.#parked[index]?.slab.release();
    this.#parked = [];
    this.#parkedHead = 0;
    for (let index = this.#head; index < this.#exchanges.length; index++) this.#exchanges[index]?.abandon();
    this.#exchanges = [];
    this.#head = 0;
    this.#broker.queuedRequests.bytes -= this.#pendingBytes;
    this.#pendingBytes = 0;
    this.#onRelief();
  }
}

const isSame = (kept: Buffer, bytes: Buffer, start: number, sizeBytes: number): boolean => {
  if (kept.length !== sizeBytes) return false;
  for (let index = 0; index < sizeBytes; index++) if (kept[index] !== bytes[start + index]) return false;
  return true;
};

const covers = (served: Handler, version: number): boolean =>
  version >= served.advertised[0] && version <= served.advertised[1];
