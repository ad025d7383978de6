import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const requireFromHere = createRequire(import.meta.url);

/** An installed package that may be missing or have no binary for this machine; null then, and another way is taken. */
export const optionalPackage = (name: string): unknown => {
  try {
    return requireFromHere(name);
  } catch {
    // What is used in its place is said by codecInfo(), and so by every result.
    return null;
  }
};

/** Whether a package is installed, without loading it. */
export const isInstalled = (name: string): boolean => {
  try {
    requireFromHere.resolve(name);
    return true;
  } catch {
    return false;
  }
};

/** An installed package's name with its version, as results show it. */
export const nameAndVersion = (name: string): string => {
  for (let folder = dirname(requireFromHere.resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const version = typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : undefined;
    return typeof version === 'string' ? `${name} ${version}` : name;
  }
  return name;
};
