/** A workload file that cannot be run as it stands; the message is one line with the place, such as `sweep.yaml:14`. */
export class WorkloadError extends Error {
  override readonly name = 'WorkloadError';
  /** The command line exits with 2. */
  readonly isUsage = true;
}
