/** The other end of the socket, a process of its own: takes all bytes, looks at nothing, and ends with its parent. Its argument is the port. */
import { connect } from 'node:net';

const bufferBytes = 2 * 1024 * 1024;

process.once('disconnect', () => process.exit(0));

const socket = connect({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  // One buffer for all that comes, as our clients have it.
  onread: { buffer: Buffer.allocUnsafeSlow(bufferBytes), callback: () => true },
});
// The sender went away, which its own end shows.
socket.on('error', () => process.exit(0));
socket.on('close', () => process.exit(0));
