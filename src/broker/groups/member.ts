import { ErrorCode } from '../../protocol/errors.ts';
import type { Timer } from './timers.ts';

/** A protocol (assignor) a member can use, and what it says to the leader in it. */
export type MemberProtocol = { readonly name: string; readonly metadata: Uint8Array };

/** Who a member is and how patient it is. */
export type MemberProfile = {
  readonly memberId: string;
  /** `group.instance.id` of a static member (KIP-345). */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocols: readonly MemberProtocol[];
};

/** What a JoinGroup is answered with. */
export type JoinResult = {
  readonly errorCode: number;
  readonly memberId: string;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** Member id of the leader; empty in an error. */
  readonly leader: string;
  /** True when the leader is to keep the assignment it has (KIP-814). */
  readonly skipAssignment: boolean;
  /** All members, for the leader alone. */
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly metadata: Uint8Array;
  }[];
};

/** What a SyncGroup is answered with. */
export type SyncResult = {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
};

export const NO_GENERATION = -1;
export const NO_BYTES = new Uint8Array(0);

/** A JoinGroup that failed. */
export const failedJoin = (errorCode: number, memberId: string): JoinResult => ({
  errorCode,
  memberId,
  generationId: NO_GENERATION,
  protocolType: null,
  protocolName: null,
  leader: '',
  skipAssignment: false,
  members: [],
});

/** A SyncGroup that failed. */
export const failedSync = (errorCode: number): SyncResult => ({
  errorCode,
  protocolType: null,
  protocolName: null,
  assignment: NO_BYTES,
});

/** One member of a classic group. */
export class Member {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly MemberProtocol[];
  assignment: Uint8Array = NO_BYTES;
  /** True until its first JoinGroup was answered. */
  isNew = true;
  /** Answers the JoinGroup it waits in. */
  joinReply: ((result: JoinResult) => void) | null = null;
  /** Answers the SyncGroup it waits in. */
  syncReply: ((result: SyncResult) => void) | null = null;
  sessionTimer: Timer | null = null;

  constructor(profile: MemberProfile) {
    this.memberId = profile.memberId;
    this.instanceId = profile.instanceId;
    this.clientId = profile.clientId;
    this.clientHost = profile.clientHost;
    this.sessionTimeoutMs = profile.sessionTimeoutMs;
    this.rebalanceTimeoutMs = profile.rebalanceTimeoutMs;
    this.protocols = profile.protocols;
  }

  /** Bytes of its subscriptions and assignment. */
  get sizeBytes(): number {
    return sizeOf(this.protocols) + this.assignment.length;
  }

  /** Its metadata for a protocol; none when it does not know it. */
  metadataFor(protocolName: string): Uint8Array {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_BYTES;
  }

  /** Whether it named exactly these protocols with this metadata, in this order, before. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, index) => {
        const own = this.protocols[index];
        return own !== undefined && own.name === name && Buffer.compare(own.metadata, metadata) === 0;
      })
    );
  }

  /** Answers the SyncGroup it waits in; false when it waits in none. */
  answerSync(result: SyncResult): boolean {
    const reply = this.syncReply;
    this.syncReply = null;
    reply?.(result);
    return reply !== null;
  }

  /** Answers whatever a member that is no more waits in. */
  answerGone(errorCode: number = ErrorCode.UNKNOWN_MEMBER_ID): void {
    const reply = this.joinReply;
    this.joinReply = null;
    reply?.(failedJoin(errorCode, this.memberId));
    this.answerSync(failedSync(errorCode));
  }
}

/** Bytes of protocols' metadata. */
export const sizeOf = (protocols: readonly MemberProtocol[]): number =>
  protocols.reduce((sum, { name, metadata }) => sum + name.length + metadata.length, 0);
