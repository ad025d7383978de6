import { ProtocolError } from '../../protocol/errors.ts';
import { consumerProtocolSubscription } from '../../protocol/records/consumer-protocol.ts';
import { decodeRecord } from '../../protocol/records/record-schema.ts';

/** The topics that members' subscriptions name; null when one of them is no subscription of Kafka's consumer protocol. */
export const subscribedTopicsOf = (subscriptions: readonly Uint8Array[]): ReadonlySet<string> | null => {
  const topics = new Set<string>();
  try {
    for (const { buffer, byteOffset, byteLength } of subscriptions)
      for (const topic of decodeRecord(consumerProtocolSubscription, Buffer.from(buffer, byteOffset, byteLength))
        .topics)
        topics.add(topic);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
  return topics;
};
