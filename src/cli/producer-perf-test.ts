#!/usr/bin/env node
import { runCommand } from './run.ts';

await runCommand('producer-perf-test', process.argv.slice(2));
