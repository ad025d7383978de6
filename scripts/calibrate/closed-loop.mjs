// Start-at-send measuring, to set beside: one record in flight, each sent when it is due or, when the one before was not
// acknowledged by then, as soon as it is; each timed from its sending. Arguments: bootstrap servers, topic, records a second, seconds.
import { fromDist } from './dist.mjs';
import { figuresOf } from './truth.mjs';

const [servers = '', topic = '', rate = '', seconds = ''] = process.argv.slice(2);
const { openNativeProducer } = await fromDist('drivers/native.js');
const nowUs = () => performance.now() * 1e3;
const value = Buffer.alloc(100, 'x');

// Ends with its parent.
process.once('disconnect', () => process.exit());

let onSettled = () => {};
const driver = await openNativeProducer({
  topic,
  properties: { 'bootstrap.servers': servers, acks: '1', 'linger.ms': '0', 'client.id': 'closed-loop' },
  nowUs,
  onSettled: () => onSettled(),
});
/** @param {number} index */
const sendOne = (index) =>
  new Promise((resolve) => {
    const sentAtUs = nowUs();
    onSettled = () => resolve(nowUs() - sentAtUs);
    driver.send(-1, Date.now(), null, value, sentAtUs, 0, index);
  });

// The first ones open the connection and have the code compiled.
for (let index = 0; index < 50; index++) await sendOne(index);
const startUs = nowUs();
const latencies = [];
for (let index = 0; nowUs() - startUs < Number(seconds) * 1e6; index++) {
  const waitUs = startUs + (index * 1e6) / Number(rate) - nowUs();
  if (waitUs > 0) await new Promise((resolve) => setTimeout(resolve, waitUs / 1e3));
  latencies.push(await sendOne(index));
}
await driver.close();
process.send?.({ kind: 'end', figures: figuresOf(Float64Array.from(latencies)), count: latencies.length });
process.disconnect();
