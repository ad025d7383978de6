// Puts the modules of what starts as a program, or makes most of one, into one file each: Node takes half a
// millisecond to load a module, and the embedded broker alone has almost 300. The files that tsc wrote stay for those
// who import them. Packages stay outside.
import { chmodSync, readFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

const [dist = 'dist'] = process.argv.slice(2);

// Each stays in its folder, so that paths relative to a module are right as they are. The command line is not here: a command
// loads its own modules alone, which is quicker than one file with all of them.
const programs = ['broker/child', 'broker/standalone', 'load/worker'];

for (const program of programs) {
  const file = `${dist}/${program}.js`;
  const bundle = await rolldown({ input: file, platform: 'node', external: /^[^./]/ });
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
}

// npm makes the commands executable when it links them, which is once: a later build must leave them so.
const { bin } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
for (const file of Object.values(bin)) chmodSync(String(file).replace(/^dist/, dist), 0o755);
