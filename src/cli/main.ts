#!/usr/bin/env node
import { runSpillway } from './run.ts';

void runSpillway(process.argv.slice(2));
