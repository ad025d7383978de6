import type {
  ConsumerDriver,
  ConsumerDriverOptions,
  DriverName,
  GroupDriver,
  GroupDriverOptions,
  ProducerDriver,
  ProducerDriverOptions,
} from './driver.ts';
import { openNativeConsumer, openNativeGroupMember, openNativeProducer } from './native.ts';

/** Opens a producer of the named client. Rejects with a DriverFailure when the target cannot be reached or refuses the topic. */
export const openProducer = async (name: DriverName, options: ProducerDriverOptions): Promise<ProducerDriver> => {
  if (name === 'native') return openNativeProducer(options);
  const { openKafkajsProducer } = await import('./kafkajs/producer.ts');
  return openKafkajsProducer(options);
};

/** Opens a consumer of the named client. Rejects with a DriverFailure when the target cannot be reached or lacks the topic. */
export const openConsumer = async (name: DriverName, options: ConsumerDriverOptions): Promise<ConsumerDriver> => {
  if (name === 'native') return openNativeConsumer(options);
  const { openKafkajsConsumer } = await import('./kafkajs/consumer.ts');
  return openKafkajsConsumer(options);
};

/** Opens a member of a consumer group of the named client. Rejects with a DriverFailure when the target cannot be reached. */
export const openGroupMember = async (name: DriverName, options: GroupDriverOptions): Promise<GroupDriver> => {
  if (name === 'native') return openNativeGroupMember(options);
  const { openKafkajsGroupMember } = await import('./kafkajs/group.ts');
  return openKafkajsGroupMember(options);
};
