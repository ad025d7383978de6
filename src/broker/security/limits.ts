/**
 * Bounds of what clients may store or send where security is concerned, each with its reason.
 */

/** Longest message of a SASL exchange, bytes: real ones are under 1 KiB. */
export const MAX_SASL_MESSAGE_BYTES = 64 * 1024;

/** Largest request before a client has authenticated, bytes (Kafka's `sasl.server.max.receive.size`). */
export const MAX_UNAUTHENTICATED_FRAME_BYTES = 512 * 1024;

/** ACLs of a broker: each is looked at when its kind of resource is asked for. */
export const MAX_ACLS = 10_000;

/** SCRAM credentials of a broker; the file is written anew for each change. */
export const MAX_SCRAM_CREDENTIALS = 10_000;

/** Entities with quotas of a broker; the file is written anew for each change. */
export const MAX_QUOTA_ENTITIES = 10_000;

/** Users and client ids whose bytes are counted at a time; those that were silent longest are forgotten first. */
export const MAX_QUOTA_METERS = 10_000;

/** Longest name in an ACL, a credential or a quota, characters. */
export const MAX_NAME_LENGTH = 1_000;

/** How long a TLS handshake may take, milliseconds. */
export const TLS_HANDSHAKE_TIMEOUT_MS = 30_000;
