/** Java's `String.hashCode`: which partition of `__consumer_offsets` a group lives in depends on it. */
export const javaHash = (text: string): number => {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
};

/** The partition of a group or transactional id (Kafka's `Utils.abs(hashCode) % partitionCount`). */
export const coordinatorPartition = (id: string, partitionCount: number): number =>
  (javaHash(id) & 0x7fffffff) % partitionCount;
