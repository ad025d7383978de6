import { join } from 'node:path';
import { type Acl, aclKey, isAcl, type ResourceType, WILDCARD } from './acl.ts';
import { MAX_ACLS } from './limits.ts';
import { StoredFile } from './stored-file.ts';

/** File of the data directory with the ACLs. */
const FILE = 'acls.json';

const NONE: readonly Acl[] = [];

type OfType = { readonly byName: Map<string, Acl[]>; readonly prefixed: Acl[] };

/** The ACLs, kept in the data directory and found by resource. */
export class AclStore {
  readonly #file: StoredFile<Acl>;
  #acls = new Map<string, Acl>();
  #byType = new Map<ResourceType, OfType>();

  /** @throws DataDirectoryError when the file is damaged */
  constructor(directory: string) {
    this.#file = new StoredFile(join(directory, FILE), isAcl);
    this.#take(this.#file.read());
  }

  /** All of them, in the order they were made. */
  all(): Iterable<Acl> {
    return this.#acls.values();
  }

  /** All of one kind of resource. */
  *ofType(type: ResourceType): Iterable<Acl> {
    const found = this.#byType.get(type);
    if (found === undefined) return;
    for (const acls of found.byName.values()) yield* acls;
    yield* found.prefixed;
  }

  /** Those whose pattern covers a resource. */
  *of(type: ResourceType, name: string): Iterable<Acl> {
    const found = this.#byType.get(type);
    if (found === undefined) return;
    yield* found.byName.get(name) ?? NONE;
    if (name !== WILDCARD) yield* found.byName.get(WILDCARD) ?? NONE;
    for (const acl of found.prefixed) if (name.startsWith(acl.resourceName)) yield acl;
  }

  /** True when there is room for so many more. */
  hasRoomFor(count: number): boolean {
    return this.#acls.size + count <= MAX_ACLS;
  }

  /** Adds ACLs and writes them; one that is there already stays. Throws the file system's error, with nothing changed. */
  add(acls: readonly Acl[]): void {
    this.#replace([...this.#acls.values(), ...acls]);
  }

  /** Removes ACLs and writes the rest. Throws the file system's error, with nothing changed. */
  remove(acls: readonly Acl[]): void {
    const gone = new Set(acls.map(aclKey));
    this.#replace([...this.#acls.values()].filter((acl) => !gone.has(aclKey(acl))));
  }

  #replace(acls: readonly Acl[]): void {
    const distinct = [...new Map(acls.map((acl) => [aclKey(acl), acl])).values()];
    this.#file.write(distinct);
    this.#take(distinct);
  }

  #take(acls: readonly Acl[]): void {
    this.#acls = new Map(acls.map((acl) => [aclKey(acl), acl]));
    this.#byType = new Map();
    for (const acl of this.#acls.values()) {
      const ofType = this.#byType.get(acl.resourceType) ?? { byName: new Map<string, Acl[]>(), prefixed: [] };
      this.#byType.set(acl.resourceType, ofType);
      if (acl.patternType === 'PREFIXED') ofType.prefixed.push(acl);
      else ofType.byName.set(acl.resourceName, [...(ofType.byName.get(acl.resourceName) ?? NONE), acl]);
    }
  }
}
