import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRegularFile, readFailure, readInputFile } from './input-file.ts';
import { quoted, UsageError } from './usage.ts';

/**
 * The file that --payload-file names. A pipe can be read only once, and every producer reads the payloads: what comes from one is put
 * into a temporary file, which is removed when the process ends.
 * @throws UsageError for what cannot be read, or holds nothing.
 */
export function payloadFile(path: string): string {
  try {
    if (isRegularFile(path)) {
      if (statSync(path).size > 0) return path;
    } else {
      const bytes = readInputFile(path);
      if (bytes.length > 0) return temporaryFile(bytes);
    }
  } catch (error) {
    throw new UsageError(`--payload-file must be a readable text file; ${readFailure(path, error)}`, { cause: error });
  }
  throw new UsageError(`--payload-file must hold payloads; ${quoted(path)} is empty`);
}

function temporaryFile(bytes: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-payload-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'payload');
  writeFileSync(path, bytes);
  return path;
}
