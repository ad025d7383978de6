// Runs a program that was put together from its modules: the files beside this one, each a script for Node's require, with the
// code that V8 made of them when it was built. Node takes as long to compile the modules of a test as the test's threads take to start.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';

const here = import.meta.dirname;
const requirePackage = createRequire(import.meta.url);
/** Code is for one version of V8. Without it, and when V8 finds that it does not fit, scripts are compiled as usual. */
const codeFolder = `${here}/code-${process.versions.v8}`;
const hasCode = existsSync(codeFolder);

/**
 * The text that V8 compiles of a file's text. It must be the same when code is made as when it is used.
 * `__urlOf` stands for `import.meta.url`: it gives where a module's own file lies, by its path from here.
 * @param {string} text
 */
export const wrapped = (text) => `(function (exports, require, module, __filename, __dirname, __urlOf) {${text}\n})`;

/** @param {string} place */
const urlOf = (place) => new URL(place, import.meta.url).href;

/** @type {Map<string, { exports: unknown }>} */
const modules = new Map();

/** @param {string} name @returns {unknown} */
const load = (name) => {
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  const filename = `${here}/${name}`;
  const code = hasCode ? readFileSync(`${codeFolder}/${name}`) : undefined;
  const script = new Script(wrapped(readFileSync(filename, 'utf8')), { filename, cachedData: code });
  script.runInThisContext().call(module.exports, module.exports, requireAny, module, filename, here, urlOf);
  return module.exports;
};

/** What the scripts call require: those beside this one, packages, and Node's own modules. */
const requireAny = Object.assign(
  /** @param {string} name */ (name) => (name.startsWith('./') ? load(name.slice(2)) : requirePackage(name)),
  { resolve: requirePackage.resolve },
);

/**
 * Runs a program, and gives what it exports.
 * @param {string} name such as `cli/main`
 */
export const loadProgram = (name) => load(`${name.replaceAll('/', '-')}.cjs`);
