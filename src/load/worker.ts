/** What a worker thread of the load pool runs: one job, from opening a client to its last message. */
import type { ConsumerDriverOptions, GroupDriverOptions, ProducerDriverOptions } from '../drivers/driver.ts';
import { openConsumer, openGroupMember, openProducer } from '../drivers/open-driver.ts';
import { runConsumerJob } from './consumer-loop.ts';
import { runE2eConsumerJob } from './e2e-consumer-loop.ts';
import { runE2eJob } from './e2e-loop.ts';
import { runE2eProducerJob } from './e2e-producer-loop.ts';
import type { Job } from './messages.ts';
import { runProducerJob } from './producer-loop.ts';

/** The pool's task. Resolves when the job is over, however it went; the job's port tells how. */
export const runJob = async (job: Job): Promise<void> => {
  const producer = (options: ProducerDriverOptions) => openProducer(job.driver, options);
  const consumer = (options: ConsumerDriverOptions) => openConsumer(job.driver, options);
  const groupMember = (options: GroupDriverOptions) => openGroupMember(job.driver, options);
  if (job.kind === 'consumer') return runConsumerJob(job, { consumer, groupMember });
  if (job.kind === 'e2e') return runE2eJob(job, producer, consumer);
  if (job.kind === 'e2e-producer') return runE2eProducerJob(job, producer);
  if (job.kind === 'e2e-consumer') return runE2eConsumerJob(job, consumer);
  return runProducerJob(job, producer);
};
