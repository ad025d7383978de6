/**
 * What other programs import from `spillway`: the embedded broker, the two tests, and the native client. The command line
 * is made of the same functions.
 */
export { BrokerStartError } from './broker/broker.ts';
export type { BrokerFaults, Fault } from './broker/embedded/broker-faults.ts';
export type { ConfigValues, NewTopic } from './broker/embedded/new-topic.ts';
export { type EmbeddedBroker, type EmbeddedBrokerOptions, startBroker } from './broker/embedded/start-broker.ts';
export {
  type Delay,
  type Drop,
  type Failure,
  type FaultBounds,
  FaultError,
  type FaultHit,
  type FaultKind,
  type FaultMatch,
  type FaultSpec,
  type Freeze,
  type Queue,
  type Trace,
} from './broker/faults/fault.ts';
export { TopicError } from './broker/topics.ts';
export { Admin, type AdminOptions, type OpenAdminOptions, openAdmin, type TopicDescription } from './client/admin.ts';
export type { RetryListener, SettledListener } from './client/batch-fates.ts';
export { ClientError } from './client/client-error.ts';
export { Consumer, type ConsumerOptions } from './client/consumer.ts';
export type { AssignedTopic } from './client/consuming/assigned-reader.ts';
export {
  ConsumerClient,
  type ConsumerClientOptions,
  createConsumer,
  type RecordHandlers,
} from './client/consuming/consumer-client.ts';
export type { TopicRecord } from './client/consuming/record-queue.ts';
export type { SeekTarget } from './client/consuming/seek.ts';
export type { GivenHeaders, HeaderValue } from './client/given-record.ts';
export type { CustomPartitioner } from './client/partitioning/partitioner.ts';
export { Producer, type ProducerOptions } from './client/producer.ts';
export { type ConsumerConfig, parseConsumerProperties } from './client/properties/consumer-properties.ts';
export type { GivenProperties } from './client/properties/given-properties.ts';
export { type ProducerConfig, parseProducerProperties } from './client/properties/producer-properties.ts';
export { PropertyError } from './client/properties/property.ts';
export type { RecordListener } from './client/record-delivery.ts';
export {
  createProducer,
  type ProducerInterceptor,
  type ProducerRecord,
  RecordProducer,
  type RecordProducerOptions,
} from './client/record-producer.ts';
export {
  bytesSerializer,
  jsonSerializer,
  plainSerializer,
  type Serializer,
  stringSerializer,
} from './client/serializers.ts';
export type { RecordMetadata } from './client/topic-sends.ts';
export type { CommittedOffset, OffsetsGroup } from './client/transactions/requests.ts';
export { runConsumerTest } from './harness/consumer-test.ts';
export { runE2eTest } from './harness/e2e-test.ts';
export { TestFailure } from './harness/failure.ts';
export type { TestObserver } from './harness/observer.ts';
export type { ConsumerPlan, E2ePlan, Payload, ProducerPlan, Target } from './harness/plan.ts';
export { runProducerTest } from './harness/producer-test.ts';
export type * from './results/e2e-result.ts';
export { RunRecordError, readRun } from './results/read-run.ts';
export type * from './results/result.ts';
