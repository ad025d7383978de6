// Keeps the machine's processors from idling while it is calibrated.
import { spawn, spawnSync } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('spin.mjs', import.meta.url));

/**
 * Has each processor do something that gives way to everything else: by SCHED_IDLE where chrt is there, and by the lowest priority,
 * by which the system also counts its time apart.
 * @returns {() => void} ends it
 */
export const keepAwake = () => {
  const hasChrt = spawnSync('chrt', ['--idle', '0', 'true']).status === 0;
  const [command = '', ...args] = [...(hasChrt ? ['chrt', '--idle', '0'] : []), process.execPath, file];
  const children = Array.from({ length: os.availableParallelism() }, () => spawn(command, args, { stdio: 'ignore' }));
  return () => {
    for (const child of children) child.kill('SIGKILL');
  };
};
