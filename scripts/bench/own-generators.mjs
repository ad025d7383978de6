/** Generators of the checkout that `npm run side-by-side` adds to those of the command line. */
import { fileURLToPath } from 'node:url';

const script = (/** @type {string} */ name) => `${process.execPath} ${fileURLToPath(new URL(name, import.meta.url))}`;
const bareLoop = script('bare-loop.mjs');

/**
 * A plain kafkajs producer sends one batch of 64 KiB in each call, as its users write it; the bare loops show what the target itself allows.
 * Each takes part in the cases whose names begin as said.
 */
const own = [
  {
    flag: '--producer-command',
    name: 'kafkajs-loop',
    cases: 'produce-100',
    command: `${script('kafkajs-loop.mjs')} {bootstrap} {topic} {records} {size} 600`,
  },
  {
    flag: '--producer-command',
    name: 'bare-loop',
    cases: 'produce-',
    command: `${bareLoop} produce {bootstrap} {topic} {records} {size} {batch.size} {acks}`,
  },
  {
    flag: '--consumer-command',
    name: 'bare-loop',
    cases: 'consume-',
    command: `${bareLoop} consume {bootstrap} {topic} {records} {size}`,
  },
];

/**
 * Values of a flag that takes several and may be given again.
 * @param {readonly string[]} argv @param {string} flag
 */
const valuesOf = (argv, flag) => {
  const values = [];
  let isIn = false;
  for (const word of argv) {
    if (word.startsWith('--')) {
      isIn = word === flag;
      if (word.startsWith(`${flag}=`)) values.push(word.slice(flag.length + 1));
    } else if (isIn) values.push(word);
  }
  return values;
};

/**
 * The flags that add our generators to a command line: those that have a place in its cases, and whose names it does not use itself.
 * @param {readonly string[]} argv
 * @returns {readonly string[]}
 */
export const ownGenerators = (argv) => {
  const only = valuesOf(argv, '--only').flatMap((text) => text.split(','));
  return own
    .filter(({ cases }) => only.length === 0 || only.some((name) => name.startsWith(cases)))
    .filter(({ flag, name }) => !valuesOf(argv, flag).some((text) => text.startsWith(`${name}=`)))
    .flatMap(({ flag, name, command }) => [flag, `${name}=${command}`]);
};
