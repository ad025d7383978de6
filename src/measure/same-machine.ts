/** Whether two results come from the same machine, as far as their environments tell. */
import type { EnvironmentFacts } from './environment.ts';

/** What does not change while a machine stays the same one; kernels and Node may. */
const lasting = ['platform', 'arch', 'cpuModel', 'cpuCount', 'cgroupCpuLimit', 'isVirtualMachine'] as const;

/** Another kernel keeps another bit of the memory for itself. */
const memoryTolerance = 0.02;

/** True when processor, their number and limit, memory and platform are the same. */
export const isSameMachine = (one: EnvironmentFacts, other: EnvironmentFacts): boolean => {
  const [a, b] = [Number(one.totalMemoryBytes), Number(other.totalMemoryBytes)];
  return lasting.every((name) => one[name] === other[name]) && Math.abs(a - b) <= memoryTolerance * Math.max(a, b);
};
