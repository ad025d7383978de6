import { describe, expect, test } from 'vitest';
import { brokerAt, nowUs, openForTest, readAll, sendNumbered } from './kafkajs-support.ts';

const expected = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${index} ${1_700_000_000_000 + index} key-${index} value-${index}`);

describe('a kafkajs producer', () => {
  test.each([
    'none',
    'gzip',
    'snappy',
    'lz4',
    'zstd',
  ])('writes records under %s as they were sent, in batches of batch.size', async (codec) => {
    const { address } = await brokerAt();
    const { driver, settled } = await openForTest(address, {
      'compression.type': codec,
      'batch.size': '1000',
      'linger.ms': '60000',
      // kafkajs does not keep the order of several.
      'max.in.flight.requests.per.connection': '1',
    });
    sendNumbered(driver, 0, 500);
    await driver.flush();
    expect(await readAll('native', address, 500)).toEqual([expected(500)]);
    expect(settled.map(({ error }) => error)).toEqual(settled.map(() => null));
    expect(settled.flatMap(({ tags }) => tags).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 500 }, (_, index) => index),
    );
    expect(settled.length).toBeGreaterThan(10);
    expect(Math.max(...settled.map(({ recordCount }) => recordCount))).toBeLessThan(50);
    const { bytesBefore, bytesAfter, codec: used } = driver.compression();
    expect(used).toBe(codec);
    if (codec === 'none') expect(bytesAfter).toBe(bytesBefore);
    else expect(bytesAfter).toBeLessThan(bytesBefore);
  });

  test('sends a batch that is not full when linger.ms is over', async () => {
    const { address } = await brokerAt();
    let resolve = (_count: number): void => {};
    const first = new Promise<number>((done) => {
      resolve = done;
    });
    const { driver } = await openForTest(
      address,
      { 'linger.ms': '5' },
      { onSettled: ({ recordCount }) => resolve(recordCount) },
    );
    sendNumbered(driver, 0, 3);
    expect(await first).toBe(3);
  });

  test('keeps to buffer.memory, and takes records again when there is room', async () => {
    const { address } = await brokerAt();
    const { driver, settled } = await openForTest(address, {
      'buffer.memory': '3000',
      'batch.size': '1000',
      'linger.ms': '60000',
    });
    const value = Buffer.alloc(400);
    let taken = 0;
    while (driver.send(0, 0, null, value, nowUs(), 0, taken)) taken++;
    expect(taken).toBeLessThan(10);
    await driver.ready();
    expect(driver.send(0, 0, null, value, nowUs(), 0, taken)).toBe(true);
    await driver.flush();
    expect(settled.reduce((sum, { recordCount }) => sum + recordCount, 0)).toBe(taken + 1);
    expect(driver.limits().memoryFullUs).toBeGreaterThan(0);
    expect(() => driver.send(0, 0, null, Buffer.alloc(4000), nowUs(), 0, 0)).toThrow('buffer.memory=3000');
  });

  test('sends what a broker refused again, and says so once', async () => {
    const { address, broker } = await brokerAt();
    const { driver, settled, retries } = await openForTest(address, { 'retry.backoff.ms': '1' });
    broker.faults.add({ match: { api: 'Produce' }, fail: { error: 'NOT_LEADER_OR_FOLLOWER', times: 2 } });
    sendNumbered(driver, 0, 20);
    await driver.flush();
    expect(settled.map(({ error }) => error)).toEqual([null]);
    expect(retries).toEqual(['NOT_LEADER_OR_FOLLOWER']);
    expect(driver.repeats().retries).toBe(40);
    expect(await readAll('native', address, 20)).toEqual([expected(20)]);
  });

  test("settles records with Kafka's name of an error that is not retried", async () => {
    const { address, broker } = await brokerAt();
    const { driver, settled } = await openForTest(address);
    broker.faults.add({ match: { api: 'Produce' }, fail: { error: 'MESSAGE_TOO_LARGE' } });
    sendNumbered(driver, 0, 5);
    await driver.flush();
    expect(settled).toMatchObject([{ recordCount: 5, error: { name: 'MESSAGE_TOO_LARGE', code: 10 } }]);
  });

  test('gives records up when retries or delivery.timeout.ms are used up', async () => {
    const { address, broker } = await brokerAt();
    broker.faults.add({ match: { api: 'Produce' }, fail: { error: 'NOT_ENOUGH_REPLICAS' } });
    const few = await openForTest(address, { retries: '2', 'retry.backoff.ms': '1' });
    sendNumbered(few.driver, 0, 5);
    await few.driver.flush();
    expect(few.settled).toMatchObject([{ error: { name: 'NOT_ENOUGH_REPLICAS', code: 19 } }]);
    expect(few.driver.repeats().retries).toBe(10);
    const brief = await openForTest(address, { 'delivery.timeout.ms': '60', 'request.timeout.ms': '50' });
    sendNumbered(brief.driver, 0, 5);
    await brief.driver.flush();
    expect(brief.settled).toMatchObject([{ error: { name: 'DELIVERY_TIMED_OUT', code: null } }]);
  });

  test('opens a lost connection again and counts that', async () => {
    const { address, broker } = await brokerAt();
    const { driver, settled, retries } = await openForTest(address, { 'retry.backoff.ms': '1' });
    sendNumbered(driver, 0, 1);
    await driver.flush();
    broker.faults.add({ match: { api: 'Produce' }, drop: { times: 1 } });
    sendNumbered(driver, 1, 2);
    await driver.flush();
    expect(settled.map(({ error }) => error)).toEqual([null, null]);
    expect(retries).toEqual(['NETWORK_EXCEPTION']);
    expect(driver.repeats()).toEqual({ retries: 1, reconnects: 1 });
  });

  test('with enable.idempotence has one request on its way, and writes each record once', async () => {
    const { address, broker } = await brokerAt();
    const { driver, retries } = await openForTest(address, {
      'enable.idempotence': 'true',
      'batch.size': '500',
      'retry.backoff.ms': '1',
    });
    broker.faults.add({ match: { api: 'Produce' }, drop: { times: 2, every: 3, when: 'after' } });
    sendNumbered(driver, 0, 100);
    await driver.flush();
    expect(await readAll('native', address, 100)).toEqual([expected(100)]);
    expect(retries.length + driver.repeats().reconnects).toBeGreaterThan(0);
    expect(driver.notes.join()).toContain('one lock');
  });

  test('commits what was sent in a transaction, and hides what was in an aborted one', async () => {
    const { address } = await brokerAt();
    const { driver } = await openForTest(address, { 'transactional.id': 'tx' });
    driver.transactions?.begin();
    sendNumbered(driver, 0, 10);
    await driver.transactions?.commit();
    driver.transactions?.begin();
    sendNumbered(driver, 10, 20);
    await driver.flush();
    await driver.transactions?.abort();
    driver.transactions?.begin();
    sendNumbered(driver, 20, 30);
    await driver.transactions?.commit();
    const [records] = await readAll('kafkajs', address, 20, { 'isolation.level': 'read_committed' });
    expect(records?.map((line) => line.split(' ')[3])).toEqual(
      Array.from({ length: 20 }, (_, index) => `value-${index < 10 ? index : index + 10}`),
    );
  });

  test('refuses null values of headers, and sends others', async () => {
    const { address } = await brokerAt();
    await expect(openForTest(address, {}, { headers: [['trace', null]] })).rejects.toThrow(
      'driver kafkajs does not have null values of headers',
    );
    const { driver, settled } = await openForTest(address, {}, { headers: [['trace', Buffer.from('x')]] });
    sendNumbered(driver, 0, 1);
    await driver.flush();
    expect(settled).toMatchObject([{ error: null }]);
  });

  test('cannot be opened where nobody listens', async () => {
    await expect(openForTest('127.0.0.1:1', { 'max.block.ms': '100' })).rejects.toMatchObject({ name: 'UNREACHABLE' });
  });
});
