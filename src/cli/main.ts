#!/usr/bin/env node
import { runSpillway } from './run.ts';

await runSpillway(process.argv.slice(2));
