#!/usr/bin/env node
import { runCommand } from './run.ts';

void runCommand('end-to-end-latency', process.argv.slice(2));
