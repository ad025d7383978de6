// Lets this Node's V8 compile the programs in dist/programs and keeps the code, for whoever starts them with the same version.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { wrapped } from './load-program.js';

const [dist = 'dist'] = process.argv.slice(2);
const programs = path.resolve(dist, 'programs');
const folder = path.join(programs, `code-${process.versions.v8}`);

// All functions, not only those that run at once. Code is refused by a V8 with other flags than it was written with.
setFlagsFromString('--no-lazy');
const scripts = readdirSync(programs)
  .filter((name) => name.endsWith('.cjs'))
  .map((name) => {
    const filename = path.join(programs, name);
    return { name, script: new Script(wrapped(readFileSync(filename, 'utf8')), { filename }) };
  });
setFlagsFromString('--lazy');

// Appears whole or not at all: a program that finds the folder takes all of its code from it.
const unfinished = `${folder}.partial`;
rmSync(unfinished, { recursive: true, force: true });
mkdirSync(unfinished);
for (const { name, script } of scripts) writeFileSync(path.join(unfinished, name), script.createCachedData());
rmSync(folder, { recursive: true, force: true });
renameSync(unfinished, folder);
