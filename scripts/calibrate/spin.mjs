// Keeps a processor from idling until its parent is gone: a virtual machine's idle processor is woken late by its hypervisor (up to 12 ms were
// seen), which would be measured in place of the client. It runs at a priority that gives way to everything else; see awake.mjs.
import os from 'node:os';

const parent = process.ppid;
os.setPriority(os.constants.priority.PRIORITY_LOW);
const endMs = Date.now() + 15 * 60_000;
while (process.ppid === parent && Date.now() < endMs) for (let count = 0; count < 1_000_000; count++);
