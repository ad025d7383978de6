// Child processes of the calibration: each ends with this one, and what goes wrong in one rejects whoever waits for it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Starts a script of this folder in a process of its own.
 * @param {string} script
 * @param {readonly string[]} [args]
 */
export const startChild = (script, args = []) => {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(file, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  return {
    /**
     * The next message of a kind. Rejects when the process ends without it.
     * @param {string} kind
     * @returns {Promise<any>}
     */
    next: (kind) =>
      new Promise((resolve, reject) => {
        /** @param {any} message */
        const onMessage = (message) => {
          if (message.kind !== kind) return;
          child.off('message', onMessage);
          child.off('exit', onExit);
          resolve(message);
        };
        /** @param {number | null} status */
        const onExit = (status) => reject(new Error(`${script} ended with status ${status} before it was done`));
        child.on('message', onMessage);
        child.once('exit', onExit);
      }),
    /** @param {any} message */
    tell: (message) => void child.send(message),
    /** Ends it, and resolves when it is gone. */
    end: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await exited;
      clearTimeout(timer);
    },
  };
};
