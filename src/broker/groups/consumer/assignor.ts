import type { Uuid } from '../../../protocol/uuid.ts';
import type { Assignment } from './assignment.ts';
import { assignRange } from './range-assignor.ts';
import { assignUniformly } from './uniform-assignor.ts';

/** A member as assignors see it. */
export type AssignorMember = {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** Ids of the topics that it subscribes to and that are there. */
  readonly topicIds: ReadonlySet<Uuid>;
  /** Its target until now. */
  readonly assigned: Assignment;
};

/** What an assignor is given. */
export type AssignorInput = {
  /** At least one. */
  readonly members: readonly AssignorMember[];
  /** Partition counts of all topics that somebody subscribes to. */
  readonly partitionCounts: ReadonlyMap<Uuid, number>;
};

/** Gives each partition of the topics to one of the members that subscribe to it; by member id. */
export type Assignor = (input: AssignorInput) => Map<string, Assignment>;

/** The assignors there are, by the names that `group.consumer.assignors` and members give. */
export const assignors: Readonly<Record<string, Assignor>> = { uniform: assignUniformly, range: assignRange };
