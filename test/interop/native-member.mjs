/**
 * A member of a group, as a process that can be killed: `node native-member.mjs CLIENT_FOLDER '{"groupId", "topic", "properties"}'`.
 * Writes a line of JSON for each rebalance and for each record; a record is written before its position can be committed.
 */
import { writeSync } from 'node:fs';
import path from 'node:path';

const [, , folder = '', text = ''] = process.argv;
const { groupId, topic, properties } = JSON.parse(text);
const { GroupConsumer } = await import(path.join(folder, 'group/group-consumer.js'));
const { parseConsumerProperties } = await import(path.join(folder, 'properties/consumer-properties.js'));

/** @param {unknown} line */
const write = (line) => writeSync(1, `${JSON.stringify(line)}\n`);
const consumer = new GroupConsumer({
  groupId,
  topics: [topic],
  config: parseConsumerProperties(properties),
  listen: () => (/** @type {Buffer} */ _bytes, /** @type {number} */ partition, /** @type {bigint} */ offset) => {
    write({ partition, offset });
    return true;
  },
  onRebalance: (/** @type {unknown} */ assigned, /** @type {unknown} */ revoked) =>
    write({ assigned, revoked, at: Date.now() }),
  onRetry: (/** @type {Error} */ error) => write({ retry: error.message, at: Date.now() }),
});
process.once('SIGTERM', () => consumer.stop());
await consumer.run().catch((/** @type {Error} */ error) => write({ failed: error.message }));
await consumer.close();
