import type { CommandModule } from '../command.ts';
import { UsageError } from '../usage.ts';

const NOT_SUPPORTED =
  'not supported yet; producer-perf-test measures the time from send to acknowledgement: spillway producer-perf-test --help';

/** `spillway e2e-latency`: its place is kept. */
export const command: CommandModule = {
  help: async () => `spillway e2e-latency is ${NOT_SUPPORTED}`,
  run: async () => {
    throw new UsageError(NOT_SUPPORTED);
  },
};
