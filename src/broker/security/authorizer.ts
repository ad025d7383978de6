import { type Acl, ALL_USERS, coversName, type Operation, type ResourceType, WILDCARD } from './acl.ts';
import type { AclStore } from './acl-store.ts';
import type { AuthorizerSettings } from './security-settings.ts';

/** What is allowed with one of these is described as well (`AclOperation` of Apache Kafka). */
const IMPLIES: Partial<Readonly<Record<Operation, readonly Operation[]>>> = {
  DESCRIBE: ['READ', 'WRITE', 'DELETE', 'ALTER'],
  DESCRIBE_CONFIGS: ['ALTER_CONFIGS'],
};

/** Names a resource that no ACL but those for all covers. */
const NO_RESOURCE = '';

/** Who asks. */
export type Client = {
  /** Such as `User:alice`. */
  readonly principal: string;
  /** The peer's address. */
  readonly host: string;
};

/**
 * Decides by ACLs, as Kafka's StandardAuthorizer does: super users may do everything; an ACL that denies wins; one that allows
 * comes next; with no ACL for the resource `allow.everyone.if.no.acl.found` decides.
 */
export class Authorizer {
  readonly acls: AclStore;
  readonly #settings: AuthorizerSettings;

  constructor(acls: AclStore, settings: AuthorizerSettings) {
    this.acls = acls;
    this.#settings = settings;
  }

  /** Whether a client may do that with a resource. */
  isAllowed(client: Client, operation: Operation, type: ResourceType, name: string): boolean {
    const { superUsers, isOpenWithoutAcls } = this.#settings;
    if (superUsers.has(client.principal)) return true;
    let hasAcl = false;
    let isAllowed = false;
    for (const acl of this.acls.of(type, name)) {
      hasAcl = true;
      if (!isFor(acl, client)) continue;
      if (acl.permission === 'DENY') {
        if (isAbout(acl, operation)) return false;
      } else isAllowed ||= allows(acl, operation);
    }
    return hasAcl ? isAllowed : isOpenWithoutAcls;
  }

  /** Whether a client may do that with at least one resource of the kind, whether it exists or not (KIP-679). */
  isAllowedOnAny(client: Client, operation: Operation, type: ResourceType): boolean {
    if (this.#settings.superUsers.has(client.principal)) return true;
    const denying: Acl[] = [];
    const allowing: Acl[] = [];
    for (const acl of this.acls.ofType(type)) {
      if (!isFor(acl, client)) continue;
      if (acl.permission === 'ALLOW') {
        if (allows(acl, operation)) allowing.push(acl);
      } else if (isAbout(acl, operation)) denying.push(acl);
    }
    const isDenied = (allowed: Acl): boolean => denying.some((denied) => swallows(denied, allowed));
    if (allowing.some((allowed) => !isDenied(allowed))) return true;
    return allowing.length === 0 && this.isAllowed(client, operation, type, NO_RESOURCE);
  }
}

const isFor = (acl: Acl, { principal, host }: Client): boolean =>
  (acl.principal === principal || acl.principal === ALL_USERS) && (acl.host === host || acl.host === WILDCARD);

const isAbout = (acl: Acl, operation: Operation): boolean => acl.operation === operation || acl.operation === 'ALL';

const allows = (acl: Acl, operation: Operation): boolean =>
  isAbout(acl, operation) || IMPLIES[operation]?.includes(acl.operation) === true;

/** Whether a pattern covers all that another one covers. */
const swallows = (denied: Acl, allowed: Acl): boolean => {
  if (denied.patternType === 'LITERAL' && denied.resourceName === WILDCARD) return true;
  if (allowed.patternType === 'PREFIXED' && denied.patternType === 'LITERAL') return false;
  return coversName(denied, allowed.resourceName);
};
