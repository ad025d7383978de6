#!/usr/bin/env node
import { runCommand } from './run.ts';

void runCommand('producer-perf-test', process.argv.slice(2));
