import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { decodeResponse } from '../../src/protocol/codec.ts';
import { decodeResponseHeader, encodeRequestFrame, responseHeaderVersion } from '../../src/protocol/headers.ts';
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema.ts';

const PAUSE_MS = 20;

/**
 * A client that asks until it is answered: when the connection ends it connects anew and sends the same request again, as an
 * idempotent producer does. One request at a time.
 */
export class StubbornClient {
  readonly #port: number;
  readonly #giveUpMs: number;
  #socket: Socket | null = null;
  #correlationId = 0;
  /** Requests that were sent more than once. */
  repeated = 0;

  constructor(port: number, giveUpMs = 60_000) {
    this.#port = port;
    this.#giveUpMs = giveUpMs;
  }

  /** Sends until a response comes. @throws when none has come after a minute. */
  async ask<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
    const untilMs = performance.now() + this.#giveUpMs;
    for (let attempt = 0; performance.now() < untilMs; attempt++) {
      if (attempt === 1) this.repeated++;
      const correlationId = ++this.#correlationId;
      const frame = await this.#roundTrip(encodeRequestFrame(api, version, correlationId, 'stubborn', request));
      if (frame !== null) {
        const reader = new ByteReader(frame);
        if (decodeResponseHeader(responseHeaderVersion(api, version), reader) !== correlationId)
          throw new Error(`${api.name} was answered out of turn`);
        return decodeResponse(api, version, reader);
      }
      await sleep(PAUSE_MS);
    }
    throw new Error(`${api.name} was not answered in ${this.#giveUpMs} ms`);
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #roundTrip(frame: Uint8Array): Promise<Buffer | null> {
    const socket = await this.#connected();
    if (socket === null) return null;
    return await new Promise((resolve) => {
      let received = Buffer.alloc(0);
      const end = (result: Buffer | null): void => {
        socket.removeAllListeners('data');
        socket.removeAllListeners('close');
        if (result === null) this.#socket = null;
        resolve(result);
      };
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) end(received.subarray(4));
      });
      socket.on('close', () => end(null));
      socket.write(frame);
    });
  }

  async #connected(): Promise<Socket | null> {
    // One that ended between two requests had nobody who listened.
    if (this.#socket !== null && !this.#socket.destroyed) return this.#socket;
    const socket = connect(this.#port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('close', () => resolve(false));
    });
    if (!isOpen) return null;
    socket.removeAllListeners('close');
    this.#socket = socket;
    return socket;
  }
}
