import { CLUSTER_NAME, type Operation, operations, type ResourceType } from './acl.ts';
import type { Authorizer, Client } from './authorizer.ts';

/** What one client may do; there is none where everybody may do everything. */
export class Access {
  readonly #authorizer: Authorizer;
  readonly #client: Client;

  /** @param client read each time: who it is changes when it authenticates */
  constructor(authorizer: Authorizer, client: Client) {
    this.#authorizer = authorizer;
    this.#client = client;
  }

  /** Whether it may do that with the resource. */
  allows(operation: Operation, type: ResourceType, name: string): boolean {
    return this.#authorizer.isAllowed(this.#client, operation, type, name);
  }

  /** Whether it may do that with at least one resource of the kind. */
  allowsAny(operation: Operation, type: ResourceType): boolean {
    return this.#authorizer.isAllowedOnAny(this.#client, operation, type);
  }

  /** Those of some operations that it may do, one bit each. */
  among(supported: number, type: ResourceType, name: string): number {
    let bits = 0;
    for (const [operation, code] of Object.entries(operations) as [Operation, number][])
      if ((supported & (1 << code)) !== 0 && this.allows(operation, type, name)) bits |= 1 << code;
    return bits;
  }
}

/** Whether a client may do that with the resource; always without an authorizer. */
export const may = (access: Access | null, operation: Operation, type: ResourceType, name: string): boolean =>
  access === null || access.allows(operation, type, name);

/** Whether a client may do that with the cluster as a whole. */
export const mayOnCluster = (access: Access | null, operation: Operation): boolean =>
  access === null || access.allows(operation, 'CLUSTER', CLUSTER_NAME);
