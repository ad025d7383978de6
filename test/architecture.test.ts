import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const biome = join(root, 'node_modules/.bin/biome');

/** Imports that the architecture forbids, as folder and what is imported there. */
const forbidden = [
  ['broker', '../client/producer.ts'],
  ['client', '../broker/broker.ts'],
  ['protocol', '../measure/clock.ts'],
  ['measure', '../protocol/varint.ts'],
  ['report', '../harness/plan.ts'],
  ['load', '../client/producer.ts'],
  ['cli', '../drivers/driver.ts'],
] as const;

const plantedFile = (folder: string): string => join('src', folder, `planted-${process.pid}.ts`);

/** Takes away what a run that was killed could not. */
function removeStale(): void {
  for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    const [, processId] = /(?:^|\/)planted-(\d+)\.ts$/.exec(name) ?? [];
    if (processId !== undefined && !isAlive(Number(processId))) rmSync(join(root, 'src', name), { force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}

/** Puts one file with one import into each folder, lints them together, and takes them away; resolves to what lint said. */
async function lintPlanted(imports: readonly (readonly [folder: string, target: string])[]): Promise<string> {
  removeStale();
  const paths = imports.map(([folder]) => plantedFile(folder));
  try {
    for (const [folder, target] of imports) {
      const text = `import { planted } from '${target}';\n\nexport const use = planted;\n`;
      writeFileSync(join(root, plantedFile(folder)), text);
    }
    const options = ['lint', '--colors=off', '--max-diagnostics=none'];
    const child = spawn(biome, [...options, ...paths], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
    }
    await once(child, 'close');
    return said;
  } finally {
    for (const path of paths) rmSync(join(root, path), { force: true });
  }
}

describe('lint', () => {
  let said = '';
  beforeAll(async () => {
    said = await lintPlanted([...forbidden, ['results', '../measure/clock.ts']]);
  });

  it.each(forbidden)('refuses an import in src/%s from %s', (folder) => {
    expect(said).toContain(`${plantedFile(folder)}:1:`);
    expect(said).toContain(`src/${folder} may import only`);
    expect(said).toContain('lint/style/noRestrictedImports');
  });

  it('allows an import that the architecture allows', () => {
    expect(said).not.toContain(plantedFile('results'));
  });
});

describe('the text of the architecture', () => {
  it('names every folder of src', () => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) expect(page, name).toContain(`src/${name}`);
  });

  it('names only files that are there', () => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    for (const [, path = ''] of page.matchAll(/`(src\/[\w/-]+\.ts)`/g)) {
      expect(() => readFileSync(join(root, path)), relative(root, path)).not.toThrow();
    }
  });
});
