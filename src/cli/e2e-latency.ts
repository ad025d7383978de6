#!/usr/bin/env node
import { runCommand } from './run.ts';

void runCommand('e2e-latency', process.argv.slice(2));
