#!/usr/bin/env node
import { runCommand } from './run.ts';

await runCommand('consumer-perf-test', process.argv.slice(2));
