import { ByteWriter } from '../protocol/byte-writer.ts';
import { RESPONSE_BLOCK_BYTES } from './limits.ts';

/** Below this much room a block is left behind, bytes: a small response should not have to grow into a buffer of its own. */
const LEAST_ROOM_BYTES = 512;

/**
 * Responses of one connection on their way into one write: small pieces stand in a shared block one behind the other, and
 * what a log hands out goes between them as it is.
 */
export class Outgoing {
  readonly writer: ByteWriter;
  readonly #pieces: Buffer[] = [];
  /** Called once the socket has taken everything, or never will. */
  readonly releases: (() => void)[] = [];
  #cutAt = 0;
  #frameAt = 0;

  constructor(block: Buffer) {
    this.writer = new ByteWriter(block);
  }

  /** Begins a response: its size follows with endFrame(). */
  beginFrame(correlationId: number, hasTaggedHeader: boolean): void {
    const { writer } = this;
    this.#frameAt = writer.position;
    writer.int32(0);
    writer.int32(correlationId);
    if (hasTaggedHeader) writer.unsignedVarint(0);
  }

  /** Ends a response that was written through `writer` alone. */
  endFrame(): void {
    this.writer.setInt32(this.#frameAt, this.writer.position - this.#frameAt - 4);
  }

  /**
   * Ends a response that holds `addedBytes` beside what was written through `writer`. The writer must not have grown since
   * beginFrame(): call `reserve` first.
   */
  endFrameWith(addedBytes: number): void {
    this.writer.setInt32(this.#frameAt, this.writer.position - this.#frameAt - 4 + addedBytes);
  }

  /** Puts bytes here as they are; they must stay valid until `releases` are called. */
  add(slices: readonly Buffer[]): void {
    this.#cut();
    for (const slice of slices) this.#pieces.push(slice);
  }

  /** All pieces in order. */
  finish(): readonly Buffer[] {
    this.#cut();
    return this.#pieces;
  }

  #cut(): void {
    const { position } = this.writer;
    if (position === this.#cutAt) return;
    this.#pieces.push(this.writer.buffer.subarray(this.#cutAt, position));
    this.#cutAt = position;
  }
}

/** Hands out room for small responses from blocks that are filled once and then left to the garbage collector. */
export class ResponseBlocks {
  #block = Buffer.allocUnsafeSlow(RESPONSE_BLOCK_BYTES);
  #used = 0;

  /** Begins a write; end it with close() before the next open(). */
  open(): Outgoing {
    if (this.#block.length - this.#used < LEAST_ROOM_BYTES) {
      this.#block = Buffer.allocUnsafeSlow(RESPONSE_BLOCK_BYTES);
      this.#used = 0;
    }
    return new Outgoing(this.#block.subarray(this.#used));
  }

  /** Takes note of what was used. A writer that outgrew the block has a buffer of its own. */
  close(outgoing: Outgoing): void {
    const { writer } = outgoing;
    // Pieces may have been cut from the block before the writer outgrew it, so the block is given up then.
    if (writer.buffer.buffer === this.#block.buffer) this.#used += writer.position;
    else this.#used = this.#block.length;
  }
}
