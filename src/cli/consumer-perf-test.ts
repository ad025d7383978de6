#!/usr/bin/env node
import { runCommand } from './run.ts';

void runCommand('consumer-perf-test', process.argv.slice(2));
