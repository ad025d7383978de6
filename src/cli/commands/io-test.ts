import { expectedMs, ioMeasures } from '../../harness/io-test/catalogue.ts';
import { ioTestLines } from '../../report/io-test-text.ts';
import type { IoTestPlan, IoTestResult } from '../../results/io-test-result.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { helpText } from '../flags.ts';
import { type IoTestCommand, ioTestFlags, ioTestHelp, parseIoTest } from '../io-test-plan.ts';

/** `spillway io-test`: what this machine does at most. */
export const command: CommandModule = {
  help: () => helpText(ioTestFlags, ioTestHelp),
  run,
};

/** How many measures, and how long they take. */
function amountText({ measures, timeMs }: IoTestPlan): string {
  const seconds = Math.ceil(expectedMs(measures.length, timeMs) / 1000);
  return `${measures.length} ${measures.length === 1 ? 'measure' : 'measures'}, about ${seconds} s`;
}

/** The measures that are chosen, for --list. */
function listing({ plan, isJson }: IoTestCommand): readonly string[] {
  const chosen = ioMeasures.filter(({ name }) => plan.measures.includes(name));
  if (isJson)
    return [JSON.stringify({ measures: chosen, expectedSeconds: expectedMs(chosen.length, plan.timeMs) / 1000 })];
  const width = Math.max(...chosen.map(({ name }) => name.length));
  return [
    ...chosen.map(({ name, group, title }) => `${name.padEnd(width)}  ${group.padEnd(6)}  ${title}`),
    amountText(plan),
  ];
}

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const asked = parseIoTest(argv);
  const { plan, resultsDir, isJson } = asked;
  if (asked.isList) {
    for (const line of listing(asked)) console.result(line);
    return 0;
  }
  const { runIoTest } = await import('../../harness/io-test/run-io-test.ts');
  const result = await runIoTest(plan, resultsDir, {
    onStart: () => console.note(`${amountText(plan)}, in ${plan.dataDir}`),
    onTurn: ({ name, round, rounds }) => console.progress(`round ${round} of ${rounds}: ${name}`),
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  });
  for (const line of isJson ? [JSON.stringify(documentOf(result))] : ioTestLines(result)) console.result(line);
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  if (interrupt.exitStatus !== null) {
    console.note('interrupted before all was measured');
    return interrupt.exitStatus;
  }
  const failed = result.measures.filter(({ state }) => state === 'failed' || state === 'unfinished');
  for (const { name, reason } of failed) console.note(`${name} was not measured: ${reason ?? 'not known why'}`);
  return failed.length > 0 ? 1 : 0;
}

/** What --json prints: run.json without `isPartial`. */
function documentOf({ isPartial: _, ...document }: IoTestResult): Omit<IoTestResult, 'isPartial'> {
  return document;
}
