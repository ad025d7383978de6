/** What the cgroup of this process (a container's, mostly) allows and takes away; versions 1 and 2. */
import { readFileSync } from 'node:fs';

const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or not mounted here: the caller tries another place, and reports null at last.
    return null;
  }
};

/** The cgroup's files of a controller, the likeliest place first: the path as it is seen from inside and from outside. */
const placesOf = (controller: 'cpu' | 'memory', file: { readonly v1: string; readonly v2: string }): string[] => {
  const own = readText('/proc/self/cgroup') ?? '';
  const v2 = own.match(/^0::(.*)$/m)?.[1] ?? '/';
  const v1 = own.match(new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, 'm'))?.[1] ?? '/';
  const root = '/sys/fs/cgroup';
  return [
    `${root}${v2 === '/' ? '' : v2}/${file.v2}`,
    `${root}/${controller}${v1 === '/' ? '' : v1}/${file.v1}`,
    `${root}/${controller}/${file.v1}`,
  ];
};

const firstText = (places: readonly string[]): string | null => {
  for (const place of places) {
    const text = readText(place);
    if (text !== null) return text;
  }
  return null;
};

/** Limits that a container sets; null means no limit or not known. */
export type CgroupLimits = { readonly cpus: number | null; readonly memoryBytes: number | null };

/** Version 1 writes a number near 2^63 for no limit. */
const noMemoryLimitFrom = 2 ** 62;

/** Reads the limits of this process's cgroup. */
export const cgroupLimits = (): CgroupLimits => {
  // Version 2 has "quota period" in one file, version 1 a file each, where -1 is no quota.
  const [quota = Number.NaN, period = Number.NaN] = (
    firstText(placesOf('cpu', { v1: 'cpu.cfs_quota_us', v2: 'cpu.max' })) ?? ''
  )
    .trim()
    .split(' ')
    .map(Number);
  const periodUs = Number.isFinite(period)
    ? period
    : Number(firstText(placesOf('cpu', { v1: 'cpu.cfs_period_us', v2: 'none' })) ?? Number.NaN);
  const memory = Number(
    firstText(placesOf('memory', { v1: 'memory.limit_in_bytes', v2: 'memory.max' }))?.trim() ?? Number.NaN,
  );
  const cpus = quota / periodUs;
  return {
    cpus: cpus > 0 && Number.isFinite(cpus) ? cpus : null,
    memoryBytes: memory < noMemoryLimitFrom ? memory : null,
  };
};

/** Time that the cgroup's CPU limit kept its processes waiting since it was made, seconds; null where it cannot be read. */
export const throttledSeconds = (): number | null => {
  const text = firstText(placesOf('cpu', { v1: 'cpu.stat', v2: 'cpu.stat' }));
  const microseconds = text?.match(/^throttled_usec (\d+)$/m)?.[1];
  if (microseconds !== undefined) return Number(microseconds) / 1e6;
  const nanoseconds = text?.match(/^throttled_time (\d+)$/m)?.[1];
  return nanoseconds === undefined ? null : Number(nanoseconds) / 1e9;
};
