#!/usr/bin/env node
import { runCommand } from './run.ts';

await runCommand('e2e-latency', process.argv.slice(2));
