// A TCP proxy in a process of its own that holds bytes: those that arrive, either way, during a stall wait for its end. It tells
// where it listens, takes `{ target, stall }`, and at `{ kind: 'report' }` tells when it let the answer to each produce request go.
// It reads frames only to know them again; bytes go on as they came.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const PRODUCE = 0;
/** Bytes that are held of one direction until its sender is not read any more. */
const MOST_HELD_BYTES = 4 * 1024 * 1024;

/** @typedef {{ port: number, host: string }} Place */
/** @type {{ target: Place, stall: { ms: number, everyMs: number } } | null} */
let task = null;
let isStalled = false;
/** @type {Set<() => void>} */
const flushes = new Set();
/** Correlation ids of answers and when they were let go, nanoseconds as text. @type {[number, string][]} */
const releases = [];

/** Hands on whole frames' starts as bytes pass: size, then `inspect` with the first eight bytes and the end. */
class Frames {
  /** @param {(head: Buffer) => void} onEnd called with the first bytes of each frame once its last byte has passed */
  constructor(onEnd) {
    this.onEnd = onEnd;
    /** @type {Buffer} */
    this.rest = Buffer.alloc(0);
  }

  /** @param {Buffer} chunk */
  passed(chunk) {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 4) {
      const end = 4 + this.rest.readInt32BE(0);
      if (this.rest.length < end) return;
      this.onEnd(this.rest.subarray(4, 12));
      this.rest = this.rest.subarray(end);
    }
  }
}

/**
 * Carries bytes one way.
 * @param {import('node:net').Socket} from
 * @param {import('node:net').Socket} to
 * @param {Frames} frames
 */
const carry = (from, to, frames) => {
  /** @type {Buffer[]} */
  let held = [];
  let heldBytes = 0;
  const flush = () => {
    for (const chunk of held) pass(chunk);
    held = [];
    heldBytes = 0;
    from.resume();
  };
  /** @param {Buffer} chunk */
  const pass = (chunk) => {
    frames.passed(chunk);
    to.write(chunk);
  };
  from.on('data', (chunk) => {
    const bytes = Buffer.from(chunk);
    if (!isStalled && held.length === 0) {
      pass(bytes);
      return;
    }
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes >= MOST_HELD_BYTES) from.pause();
  });
  flushes.add(flush);
  from.on('close', () => {
    flushes.delete(flush);
    to.destroy();
  });
  from.on('error', () => to.destroy());
};

const server = createServer({ noDelay: true }, (client) => {
  if (task === null) {
    client.destroy();
    return;
  }
  const upstream = connect({ ...task.target, noDelay: true });
  /** @type {Set<number>} */
  const produces = new Set();
  carry(
    client,
    upstream,
    new Frames((head) => {
      if (head.readInt16BE(0) === PRODUCE) produces.add(head.readInt32BE(4));
    }),
  );
  carry(
    upstream,
    client,
    new Frames((head) => {
      const id = head.readInt32BE(0);
      if (produces.delete(id)) releases.push([id, process.hrtime.bigint().toString()]);
    }),
  );
});

/** @param {{ ms: number, everyMs: number }} stall */
const keepStalling = ({ ms, everyMs }) =>
  setInterval(() => {
    isStalled = true;
    setTimeout(() => {
      isStalled = false;
      for (const flush of flushes) flush();
    }, ms);
  }, everyMs);

process.on('message', (message) => {
  const { kind, ...rest } = /** @type {any} */ (message);
  if (kind === 'report') process.send?.({ kind: 'report', releases });
  else if (task === null) {
    task = rest;
    keepStalling(rest.stall);
  }
});
process.on('disconnect', () => process.exit());

server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ kind: 'listening', port: /** @type {import('node:net').AddressInfo} */ (server.address()).port });
