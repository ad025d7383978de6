import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const programs = fileURLToPath(new URL('../dist/programs/', import.meta.url));

/** Says of each script whether V8 refused the code that lies ready for it; run by itself, as code is for one set of V8's flags. */
const refusals = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { Script } from 'node:vm';
  import { wrapped } from ${JSON.stringify(`${programs}load-program.js`)};
  const programs = ${JSON.stringify(programs)};
  const said = readdirSync(programs).filter((name) => name.endsWith('.cjs')).map((name) => {
    const filename = programs + name;
    const cachedData = readFileSync(programs + 'code-' + process.versions.v8 + '/' + name);
    return [name, new Script(wrapped(readFileSync(filename, 'utf8')), { filename, cachedData }).cachedDataRejected];
  });
  console.log(JSON.stringify(said));
`;

describe('programs put together at build time', () => {
  test('start from code that this V8 compiled', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', refusals]);
    const said: [string, boolean][] = JSON.parse(stdout);
    expect(said.map(([name]) => name)).toContain('cli-main.cjs');
    expect(said.filter(([, isRefused]) => isRefused)).toEqual([]);
  });

  test('carry the licence of each package that they contain', () => {
    const licences = readFileSync(`${programs}LICENSES.txt`, 'utf8');
    const texts = readdirSync(programs).filter((name) => name.endsWith('.cjs'));
    const packages = texts.flatMap((name) =>
      [...readFileSync(programs + name, 'utf8').matchAll(/^\/\/ .*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(
        ([, found]) => found,
      ),
    );
    expect(packages).toContain('yargs');
    for (const name of new Set(packages)) expect(licences).toMatch(new RegExp(`^${name} \\d+\\.`, 'm'));
  });
});
