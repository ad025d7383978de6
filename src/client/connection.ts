import net from 'node:net';
import tls from 'node:tls';
import { ByteReader } from '../protocol/byte-reader.ts';
import { decodeResponse } from '../protocol/codec.ts';
import { errorByCode } from '../protocol/errors.ts';
import { FrameError, FrameReader } from '../protocol/frame-reader.ts';
import { encodeRequestFrame, responseHeaderVersion } from '../protocol/headers.ts';
import { apiVersions } from '../protocol/messages/api-versions.ts';
import type { Api, RequestInput, ResponseOf } from '../protocol/schema.ts';
import { type Slab, SlabPool } from '../protocol/slab.ts';
import { type Address, addressText } from './address.ts';
import { asClientError, ClientError } from './client-error.ts';
import { describeOtherProtocol, LOOKED_AT_BYTES } from './other-protocol.ts';
import { authenticate } from './security/authenticate.ts';
import type { SaslConfig, SecurityConfig } from './security/security-config.ts';
import { describeTlsFailure } from './security/tls-failure.ts';

/** How a connection is made and read. */
export type ConnectionOptions = Address & {
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Size of the blocks that a busy connection reads into, bytes; what a usual response fits into. */
  readonly readBlockBytes: number;
  /** Closed when it is unused for this long, milliseconds, or up to a quarter longer; below 0 never. */
  readonly maxIdleMs: number;
  readonly security: SecurityConfig;
};

/** Bytes that went through sockets. */
export type Traffic = { readonly sentBytes: number; readonly receivedBytes: number };

/** Takes a response in place: `slab.bytes[start, end)` begins behind the response header; valid during the call. */
export type ResponseHandler = (slab: Slab, start: number, end: number) => void;

/** One request on its way out. */
type Outgoing = {
  readonly correlationId: number;
  readonly hasHeaderTags: boolean;
  readonly timeoutMs?: number | undefined;
  readonly onResponse: ResponseHandler | null;
  readonly onFailure: (error: ClientError) => void;
  readonly onWritten?: () => void;
};

type Pending = {
  readonly correlationId: number;
  readonly hasHeaderTags: boolean;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly onResponse: ResponseHandler;
  readonly onFailure: (error: ClientError) => void;
};

/** Responses larger than this are refused: Kafka's default fetch.max.bytes is 50 MiB, and brokers may exceed it by one batch. */
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
const IDLE_READ_BYTES = 16 * 1024;
/** An address of a host that has several is passed over when it does not answer within this; milliseconds. */
const ADDRESS_TIMEOUT_MS = 1000;
/** Whether a connection is used is looked at so many times in `connections.max.idle.ms`. */
const IDLE_LOOKS = 4;
/** A session is renewed when this share of its life is over, and a random part of the second share more (KIP-368). */
const RENEWAL_SHARE = 0.85;
const RENEWAL_JITTER = 0.1;

/**
 * One TCP connection to a broker. Requests are pipelined; Kafka answers in order, so the oldest pending request is the one
 * that the next response belongs to. A request that is not answered within `request.timeout.ms` closes the connection, as
 * in Kafka's clients.
 */
export class Connection {
  readonly address: string;
  readonly #socket: net.Socket;
  readonly #options: ConnectionOptions;
  readonly #reader: FrameReader;
  readonly #pending: Pending[] = [];
  /** Of requests without a response that the socket has not taken yet. */
  readonly #unwritten = new Set<(error: ClientError) => void>();
  readonly #closeListeners: ((error: ClientError) => void)[] = [];
  #versions: ReadonlyMap<number, readonly [number, number]> = new Map();
  /** The first bytes that came, while it is not known that a Kafka broker sent them. */
  #firstBytes = Buffer.alloc(0);
  #nextCorrelationId = 1;
  #timer: NodeJS.Timeout | null = null;
  #renewalTimer: NodeJS.Timeout | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  /** Since the idle timer last looked. */
  #isUsed = false;
  /** What is sent while the session is renewed waits here: a broker takes nothing else meanwhile. Null at all other times. */
  #held: (() => void)[] | null = null;
  /** The handshake is over, and the broker has answered something. */
  #isEstablished = false;
  #closedBy: ClientError | null = null;

  private constructor(options: ConnectionOptions, socket: net.Socket, reader: FrameReader) {
    this.#options = options;
    this.#socket = socket;
    this.#reader = reader;
    this.address = addressText(options);
  }

  /** Connects and asks for the broker's API versions. Rejects with a ClientError. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    let connection: Connection | null = null;
    const reader = new FrameReader({
      idlePool: new SlabPool({ slabBytes: IDLE_READ_BYTES, maxFreeBytes: 4 * IDLE_READ_BYTES }),
      busyPool: new SlabPool({ slabBytes: options.readBlockBytes, maxFreeBytes: 2 * options.readBlockBytes }),
      maxFrameBytes: MAX_RESPONSE_BYTES,
      onFrame: (slab, start, end) => connection?.received(slab, start, end),
    });
    const target = {
      host: options.host,
      port: options.port,
      // client.dns.lookup=use_all_dns_ips: the addresses of a name are tried in turn.
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: Math.min(ADDRESS_TIMEOUT_MS, Math.max(10, options.connectTimeoutMs)),
      onread: {
        buffer: () => reader.target(),
        callback: (byteCount: number, bytes: Uint8Array) => {
          connection?.arrived(byteCount, bytes);
          return true;
        },
      },
    };
    const { tls: encryption, sasl } = options.security;
    const socket = encryption === null ? net.connect(target) : tls.connect({ ...target, ...encryption });
    socket.setNoDelay(true);
    connection = new Connection(options, socket, reader);
    socket.resume();
    await connection.#connected();
    try {
      await connection.#negotiate();
      if (sasl !== null) await connection.#authenticate(sasl);
    } catch (error) {
      connection.close();
      throw error;
    }
    connection.#closeWhenIdle(options.maxIdleMs);
    return connection;
  }

  /** Number of requests that wait for a response. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** What went through the socket so far, before encryption where there is one. */
  get traffic(): Traffic {
    return { sentBytes: this.#socket.bytesWritten, receivedBytes: this.#socket.bytesRead };
  }

  /** Why the connection is closed; null while it is open. */
  get closedBy(): ClientError | null {
    return this.#closedBy;
  }

  /** Called once when the connection has closed, for whatever reason. */
  onClose(listener: (error: ClientError) => void): void {
    if (this.#closedBy !== null) listener(this.#closedBy);
    else this.#closeListeners.push(listener);
  }

  /** The highest version that both sides know. Throws a ClientError when there is none. */
  versionOf(api: Api): number {
    const range = this.#versions.get(api.key);
    const version = Math.min(api.versions[1], range?.[1] ?? -1);
    if (range === undefined || version < api.versions[0] || version < range[0]) {
      const offers = range === undefined ? 'none' : `${range[0]} to ${range[1]}`;
      throw new ClientError(
        'UNSUPPORTED_VERSION',
        `the broker at ${this.address} offers ${api.name} versions ${offers}; versions ${api.versions[0]} to ${api.versions[1]} are spoken here`,
        { code: 35 },
      );
    }
    return version;
  }

  /** Whether the broker offers the API at all. */
  offers(api: Api): boolean {
    return this.#versions.has(api.key);
  }

  /** A number for the next request; requests must be sent in the order of their numbers. */
  takeCorrelationId(): number {
    const id = this.#nextCorrelationId;
    this.#nextCorrelationId = (id + 1) & 0x7fffffff;
    return id;
  }

  /** Sends a request made by its schema, at the highest common version unless one is given. */
  async request<A extends Api>(
    api: A,
    value: RequestInput<A>,
    options: { readonly version?: number; readonly timeoutMs?: number; readonly isRenewal?: boolean } = {},
  ): Promise<ResponseOf<A>> {
    const version = options.version ?? this.versionOf(api);
    const correlationId = this.takeCorrelationId();
    const frame = encodeRequestFrame(api, version, correlationId, this.#options.clientId, value);
    return new Promise((resolve, reject) => {
      const onResponse: ResponseHandler = (slab, start, end) => {
        // Strings and numbers are copied by decoding; byte fields would point into the slab, so the frame is copied.
        const body = Buffer.from(slab.bytes.subarray(start, end));
        try {
          resolve(decodeResponse(api, version, new ByteReader(body)));
        } catch (error) {
          reject(asClientError(error));
        }
      };
      const hasHeaderTags = responseHeaderVersion(api, version) > 0;
      const request = { correlationId, hasHeaderTags, timeoutMs: options.timeoutMs, onResponse, onFailure: reject };
      if (options.isRenewal === true) this.#sendNow([frame], request);
      else this.send([frame], request);
    });
  }

  /**
   * Sends the pieces of one request frame, as they are: they must not change before the response, or `onWritten`. Without
   * `onResponse` no response is expected (acks=0).
   */
  send(pieces: readonly Uint8Array[], request: Outgoing): void {
    if (this.#held === null) this.#sendNow(pieces, request);
    else this.#held.push(() => this.#sendNow(pieces, request));
  }

  #sendNow(pieces: readonly Uint8Array[], request: Outgoing): void {
    if (this.#closedBy !== null) {
      request.onFailure(this.#closedBy);
      return;
    }
    const { correlationId, hasHeaderTags, onResponse, onFailure, onWritten } = request;
    if (onResponse !== null) {
      const timeoutMs = request.timeoutMs ?? this.#options.requestTimeoutMs;
      const deadlineMs = performance.now() + timeoutMs;
      this.#pending.push({ correlationId, hasHeaderTags, timeoutMs, deadlineMs, onResponse, onFailure });
      if (this.#timer === null) this.#watch(deadlineMs);
    }
    this.#isUsed = true;
    const last = pieces.length - 1;
    if (last > 0) this.#socket.cork();
    for (let index = 0; index < last; index++) this.#socket.write(pieces[index] ?? '');
    if (onWritten === undefined) this.#socket.write(pieces[last] ?? '');
    else {
      this.#unwritten.add(onFailure);
      this.#socket.write(pieces[last] ?? '', (error) => {
        if (!this.#unwritten.delete(onFailure)) return;
        if (error) onFailure(this.#closedBy ?? lostError(this.address, error.message, error));
        else onWritten();
      });
    }
    if (last > 0) this.#socket.uncork();
  }

  /** Runs `work`, whose requests go out in one write. */
  inOneWrite(work: () => void): void {
    this.#socket.cork();
    try {
      work();
    } finally {
      this.#socket.uncork();
    }
  }

  /** Closes at once; pending requests fail. */
  close(): void {
    this.#fail(
      new ClientError('DISCONNECTED', `the connection to ${this.address} was closed by us`, { isRetriable: true }),
    );
  }

  /** The socket has put bytes into the reader's target; for the socket's callback only. */
  arrived(byteCount: number, bytes: Uint8Array): void {
    if (this.#versions.size === 0 && this.#firstBytes.length < LOOKED_AT_BYTES)
      this.#firstBytes = Buffer.concat([this.#firstBytes, bytes.subarray(0, byteCount)]).subarray(0, LOOKED_AT_BYTES);
    try {
      this.#reader.received(byteCount);
    } catch (error) {
      this.#fail(this.#isNoBroker(error) ? this.#otherProtocol(error) : asClientError(error));
    }
  }

  /** A whole response frame; for the frame reader only. */
  received(slab: Slab, start: number, end: number): void {
    // It stays among the pending until its answer is known to be one, so that it fails when the connection does.
    const pending = this.#pending[0];
    const correlationId = end - start >= 4 ? slab.bytes.readInt32BE(start) : null;
    if (pending === undefined || correlationId !== pending.correlationId)
      throw new ClientError(
        'PROTOCOL_ERROR',
        `${this.address} answered request ${correlationId} where ${pending?.correlationId ?? 'none'} was expected; is it a Kafka broker?`,
      );
    let bodyStart = start + 4;
    if (pending.hasHeaderTags) {
      if (slab.bytes[bodyStart] === 0) bodyStart++;
      else bodyStart = skipTags(slab.bytes, bodyStart, end);
    }
    // ApiVersions is answered to everybody; what follows only to those whom the listener is meant for.
    if (this.#versions.size > 0) this.#isEstablished = true;
    pending.onResponse(slab, bodyStart, end);
    this.#pending.shift();
  }

  /** A size that no frame has, before anything showed that a Kafka broker is there. */
  #isNoBroker(error: unknown): boolean {
    return error instanceof FrameError && this.#versions.size === 0;
  }

  #otherProtocol(cause: unknown): ClientError {
    const what = describeOtherProtocol(this.#firstBytes);
    return new ClientError('PROTOCOL_ERROR', `${this.address} does not look like a Kafka broker: ${what}`, { cause });
  }

  #connected(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const within = `${this.#options.connectTimeoutMs} ms`;
        this.#fail(connectError(this.address, `no answer within ${within} (socket.connection.setup.timeout.ms)`, null));
      }, this.#options.connectTimeoutMs);
      this.onClose((error) => {
        clearTimeout(timer);
        reject(error);
      });
      socket.once(this.#options.security.tls === null ? 'connect' : 'secureConnect', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(this.#failureOf(error)));
      socket.once('close', () => this.#fail(this.#closedByBroker()));
      socket.once('end', () => this.#fail(this.#closedByBroker()));
    });
  }

  #failureOf(error: NodeJS.ErrnoException): ClientError {
    const tlsReason = this.#options.security.tls === null || this.#isEstablished ? null : describeTlsFailure(error);
    if (tlsReason !== null)
      return new ClientError('SSL_AUTHENTICATION_FAILED', `no secure connection to ${this.address}: ${tlsReason}`, {
        cause: error,
      });
    return this.#versions.size === 0
      ? connectError(this.address, reasonOf(error), error)
      : lostError(this.address, reasonOf(error), error);
  }

  #closedByBroker(): ClientError {
    const { tls: encryption, sasl } = this.#options.security;
    if (this.#isEstablished) return lostError(this.address, 'the broker closed the connection', null);
    const reason =
      encryption !== null && this.#versions.size === 0
        ? 'the broker closed the connection before it answered; look at security.protocol, the port, and whether it wants a client certificate (ssl.keystore.location)'
        : `the broker closed the connection before it answered${sasl === null ? '; a listener that wants TLS or authentication does so: look at security.protocol' : ''}`;
    return lostError(this.address, reason, null);
  }

  async #authenticate(config: SaslConfig): Promise<void> {
    const lifetimeMs = await authenticate(
      {
        address: this.address,
        versionOf: (api) => this.versionOf(api),
        request: (api, value) => this.request(api, value, { isRenewal: true }),
      },
      config,
    );
    if (lifetimeMs === 0 || this.#closedBy !== null) return;
    const share = RENEWAL_SHARE + Math.random() * RENEWAL_JITTER;
    this.#renewalTimer = setTimeout(() => void this.#renew(config), Math.min(lifetimeMs * share, 0x7fffffff));
    this.#renewalTimer.unref();
  }

  /** Authenticates again on the open connection; requests wait meanwhile. */
  async #renew(config: SaslConfig): Promise<void> {
    const held: (() => void)[] = [];
    this.#held = held;
    try {
      await this.#authenticate(config);
    } catch (error) {
      this.#fail(asClientError(error));
    }
    this.#held = null;
    for (const send of held) send();
  }

  async #negotiate(): Promise<void> {
    const client = { clientSoftwareName: 'spillway', clientSoftwareVersion: '0.1' };
    const timeoutMs = Math.min(this.#options.requestTimeoutMs, this.#options.connectTimeoutMs);
    let answer = await this.request(apiVersions, client, { version: 3, timeoutMs }).catch(() => null);
    // A broker that does not know version 3 answers in the form of version 0 (KIP-511), or closes the connection.
    if (answer === null || answer.errorCode === 35) {
      if (this.#closedBy !== null) throw this.#closedBy;
      answer = await this.request(apiVersions, client, { version: 0, timeoutMs });
    }
    if (answer.errorCode !== 0) throw kafkaError(answer.errorCode, `${this.address} refused ApiVersions`);
    this.#versions = new Map(answer.apiKeys.map((range) => [range.apiKey, [range.minVersion, range.maxVersion]]));
  }

  #closeWhenIdle(maxIdleMs: number): void {
    if (maxIdleMs < 0 || this.#closedBy !== null) return;
    let idleLooks = 0;
    const look = (): void => {
      idleLooks = this.#isUsed || this.#pending.length > 0 ? 0 : idleLooks + 1;
      this.#isUsed = false;
      if (idleLooks >= IDLE_LOOKS) this.close();
    };
    this.#isUsed = true;
    this.#idleTimer = setInterval(look, Math.min(Math.max(1, maxIdleMs / IDLE_LOOKS), 0x7fffffff));
    this.#idleTimer.unref();
  }

  #watch(deadlineMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        const oldest = this.#pending[0];
        if (oldest === undefined) return;
        if (performance.now() < oldest.deadlineMs) this.#watch(oldest.deadlineMs);
        else
          this.#fail(
            new ClientError(
              'REQUEST_TIMED_OUT',
              `${this.address} did not answer within ${oldest.timeoutMs} ms (request.timeout.ms, or socket.connection.setup.timeout.ms for a new connection)`,
              { code: 7, isRetriable: true },
            ),
          );
      },
      Math.max(1, deadlineMs - performance.now()),
    );
  }

  #fail(error: ClientError): void {
    if (this.#closedBy !== null) return;
    this.#closedBy = error;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#renewalTimer !== null) clearTimeout(this.#renewalTimer);
    if (this.#idleTimer !== null) clearInterval(this.#idleTimer);
    this.#socket.destroy();
    this.#reader.close();
    for (const pending of this.#pending.splice(0)) pending.onFailure(error);
    // The socket would call back later, when whoever closed us has gone.
    const unwritten = [...this.#unwritten];
    this.#unwritten.clear();
    for (const onFailure of unwritten) onFailure(error);
    for (const listener of this.#closeListeners.splice(0)) listener(error);
  }
}

const skipTags = (bytes: Buffer, start: number, end: number): number => {
  const reader = new ByteReader(bytes, start, end);
  for (let count = reader.unsignedVarint(); count > 0; count--) {
    reader.unsignedVarint();
    reader.skip(reader.unsignedVarint());
  }
  return reader.position;
};

/** Kafka's error as an exception: `what` says what was refused. */
export const kafkaError = (code: number, what: string, detail?: string | null): ClientError => {
  const known = errorByCode(code);
  const name = known?.name ?? `ERROR_${code}`;
  const isRetriable = known?.retriable ?? false;
  return new ClientError(
    name,
    `${what}: ${name} (${code}): ${detail ?? known?.message ?? 'unknown to this version of Spillway'}`,
    { code, isRetriable },
  );
};

const reasonOf = (error: NodeJS.ErrnoException): string => {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is not known';
    case 'ECONNRESET':
      return 'the broker reset the connection';
    case 'EPIPE':
      return 'the broker closed the connection';
    case 'ETIMEDOUT':
      return 'timed out';
    default:
      return error.code ?? error.message;
  }
};

const connectError = (address: string, reason: string, cause: unknown): ClientError =>
  new ClientError('CONNECT_FAILED', `cannot connect to ${address}: ${reason}`, { isRetriable: true, cause });

const lostError = (address: string, reason: string, cause: unknown): ClientError =>
  new ClientError('NETWORK_EXCEPTION', `the connection to ${address} was lost: ${reason}`, {
    code: 13,
    isRetriable: true,
    cause,
  });
