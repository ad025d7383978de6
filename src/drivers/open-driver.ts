import {
  type ConsumerDriver,
  type ConsumerDriverOptions,
  DriverFailure,
  type DriverName,
  type GroupDriver,
  type GroupDriverOptions,
  type ProducerDriver,
  type ProducerDriverOptions,
} from './driver.ts';
import { openNativeConsumer, openNativeGroupMember, openNativeProducer } from './native.ts';

/** Programs have no client to open here. Throws a DriverFailure for one of them. */
const refusePrograms = (name: DriverName): void => {
  if (name.startsWith('exec:'))
    throw new DriverFailure(
      'UnsupportedDriver',
      null,
      `driver ${name} is another program, which only producer-perf-test and consumer-perf-test run; use native or kafkajs`,
    );
};

/** Opens a producer of the named client. Rejects with a DriverFailure when the target cannot be reached or refuses the topic. */
export const openProducer = async (name: DriverName, options: ProducerDriverOptions): Promise<ProducerDriver> => {
  if (name === 'native') return openNativeProducer(options);
  refusePrograms(name);
  const { openKafkajsProducer } = await import('./kafkajs/producer.ts');
  return openKafkajsProducer(options);
};

/** Opens a consumer of the named client. Rejects with a DriverFailure when the target cannot be reached or lacks the topic. */
export const openConsumer = async (name: DriverName, options: ConsumerDriverOptions): Promise<ConsumerDriver> => {
  if (name === 'native') return openNativeConsumer(options);
  refusePrograms(name);
  const { openKafkajsConsumer } = await import('./kafkajs/consumer.ts');
  return openKafkajsConsumer(options);
};

/** Opens a member of a consumer group of the named client. Rejects with a DriverFailure when the target cannot be reached. */
export const openGroupMember = async (name: DriverName, options: GroupDriverOptions): Promise<GroupDriver> => {
  if (name === 'native') return openNativeGroupMember(options);
  refusePrograms(name);
  const { openKafkajsGroupMember } = await import('./kafkajs/group.ts');
  return openKafkajsGroupMember(options);
};
