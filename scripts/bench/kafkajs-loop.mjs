// A plain kafkajs producer: five concurrent send() of one batch each, as its users write it. Prints one JSON line.
// usage: node kafkajs-loop.mjs BOOTSTRAP TOPIC RECORDS RECORD_BYTES RECORDS_PER_SEND
import { Kafka, logLevel } from 'kafkajs';

const [bootstrap = '', topic = '', records = '0', recordBytes = '100', perSend = '150'] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'kafkajs-loop', brokers: [bootstrap], logLevel: logLevel.ERROR });
const producer = kafka.producer({ allowAutoTopicCreation: true });
await producer.connect();
const value = Buffer.alloc(Number(recordBytes), 'a');
const messages = Array.from({ length: Number(perSend) }, () => ({ value, partition: 0 }));
await producer.send({ topic, acks: 1, messages: messages.slice(0, 1) });

let left = Number(records);
const cpu = process.cpuUsage();
const startedMs = performance.now();
const sendUntilDone = async () => {
  while (left > 0) {
    const count = Math.min(left, messages.length);
    left -= count;
    await producer.send({ topic, acks: 1, messages: count === messages.length ? messages : messages.slice(0, count) });
  }
};
await Promise.all(Array.from({ length: 5 }, sendUntilDone));
const elapsedSeconds = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage(cpu);
await producer.disconnect();
process.stdout.write(
  `${JSON.stringify({ recordsPerSecond: Number(records) / elapsedSeconds, cpuSeconds: (user + system) / 1e6, records: Number(records) })}\n`,
);
