// Puts the modules of each program into few files: Node takes half a millisecond to find and read a module, and the
// embedded broker alone has almost 300. The files that tsc wrote stay for those who import them, but for the programs' own: those run
// what was put together. Packages that are needed at every start are put in, too; the others stay outside.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const [dist = 'dist'] = process.argv.slice(2);
const root = fileURLToPath(new URL('../..', import.meta.url));
const here = import.meta.dirname;
const { bin, dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const programs = path.resolve(dist, 'programs');

/** Programs that are put together share files. The command line comes in parts, as each command loads its own alone. */
const groups = [
  ['cli/main', 'cli/producer-perf-test', 'cli/consumer-perf-test', 'cli/e2e-latency', 'cli/end-to-end-latency'],
  ['load/worker'],
  ['broker/child'],
];

/** Packages that are put in, with what they need themselves; and helpers of the bundler's own. */
const packagesInside = /^(yargs|yargs\/helpers|zod|yaml|hdr-histogram-js|piscina|@oxc-project\/runtime\/.*)$/;

/** @param {string} id @param {string | undefined} importer */
const isOutside = (id, importer) => {
  if (/^[./]/.test(id)) return false;
  return id.startsWith('node:') || !(importer?.includes('/node_modules/') || packagesInside.test(id));
};

const piscinaFolder = "require('node:path').dirname(require.resolve('piscina'))";

/** A module goes on finding what lies beside it, although its text lies elsewhere; and a part of a script has no first line for the shell. */
const asPart = {
  name: 'as-part',
  /** @param {string} text @param {string} id */
  transform(text, id) {
    const place = JSON.stringify(path.relative(programs, id));
    const part = text.replace(/^#!.*/, '').replaceAll('import.meta.url', `__urlOf(${place})`);
    // Its threads begin with a file of its own, which stays where it is.
    return id.endsWith('/piscina/dist/index.js') ? part.replaceAll('__dirname', piscinaFolder) : part;
  },
};

/**
 * What yargs lays out help with, and needs for nothing else, is loaded when help is asked for: its patterns of all the world's
 * characters take 50 ms to set up.
 * @type {import('rolldown').Plugin}
 */
const helpLater = {
  name: 'help-later',
  async resolveId(id, importer) {
    if (!/^(cliui|string-width)$/.test(id) || importer?.endsWith('/yargs/lib/platform-shims/esm.mjs') !== true)
      return null;
    const found = await this.resolve(id, importer, { skipSelf: true });
    return found === null ? null : `\0later:${found.id}`;
  },
  load(id) {
    if (!id.startsWith('\0later:')) return null;
    const place = JSON.stringify(id.slice('\0later:'.length));
    return `export default (...words) => { const all = require(${place}); return (all.default ?? all)(...words); };`;
  },
};

/** The licences of the packages that are inside. @param {readonly string[]} moduleIds */
const licencesOf = (moduleIds) => {
  const folders = new Set(
    moduleIds.flatMap((id) => /^[^\0].*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []),
  );
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license']
      .map((file) => path.join(folder, file))
      .find((file) => existsSync(file));
    const text = file === undefined ? '' : readFileSync(file, 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
};

rmSync(programs, { recursive: true, force: true });
mkdirSync(programs);
/** @type {{ name: string, exports: readonly string[] }[]} */
const built = [];
/** @type {string[]} */
const moduleIds = [];
for (const names of groups) {
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name.replaceAll('/', '-'), path.resolve(dist, `${name}.js`)])),
    platform: 'node',
    external: isOutside,
    plugins: [asPart, helpLater],
    onLog(level, log, handle) {
      // Packages that ask for Node's zlib by eval, and that look for a file they are not given here.
      if (log.code !== 'EVAL' && log.code !== 'EMPTY_IMPORT_META') handle(level, log);
    },
  });
  const { output } = await bundle.write({
    dir: programs,
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    codeSplitting: names.length > 1,
  });
  await bundle.close();
  for (const file of output) {
    if (file.type !== 'chunk') continue;
    moduleIds.push(...file.moduleIds);
    for (const id of [...file.imports, ...file.dynamicImports])
      if (!id.endsWith('.cjs') && !isBuiltin(id) && !Object.hasOwn(dependencies, id))
        throw new Error(`${file.fileName} imports ${id}, which is no dependency`);
    const name = file.isEntry ? names.find((name) => name.replaceAll('/', '-') === file.name) : undefined;
    if (name !== undefined) built.push({ name, exports: file.exports });
  }
}
writeFileSync(path.join(programs, 'LICENSES.txt'), licencesOf(moduleIds).join('\n----\n\n'));
copyFileSync(path.join(here, 'load-program.js'), path.join(programs, 'load-program.js'));

for (const { name, exports } of built) {
  const file = path.join(dist, `${name}.js`);
  const first = /^#!.*\n/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const names = exports.length === 0 ? '' : `export const { ${exports.join(', ')} } = `;
  writeFileSync(
    file,
    `${first}import { loadProgram } from '../programs/load-program.js';\n\n${names}loadProgram('${name}');\n`,
  );
}

execFileSync(process.execPath, [path.join(here, 'code-cache.mjs'), dist], { stdio: 'inherit' });

// npm makes the commands executable when it links them, which is once: a later build must leave them so.
for (const file of Object.values(bin)) chmodSync(String(file).replace(/^dist/, dist), 0o755);
