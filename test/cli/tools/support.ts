/** Runs the tools for a person inside the test, against a broker of its own. */
import { onTestFinished } from 'vitest';
import type { CommandModule } from '../../../src/cli/command.ts';
import { Console } from '../../../src/cli/console.ts';
import { Interrupt, type InterruptCause } from '../../../src/cli/interrupt.ts';
import { ToolFailure } from '../../../src/cli/tools/tool-failure.ts';
import { UsageError } from '../../../src/cli/usage.ts';
import { brokerForTest } from '../../broker/wire.ts';

/** What a command printed and how it ended. */
export type Ended = { readonly status: number; readonly stdout: string; readonly stderr: string };

/** A command that runs inside the test. */
export type Running = {
  readonly ended: Promise<Ended>;
  readonly interrupt: (cause: InterruptCause) => void;
  readonly stdout: () => string;
};

// Every console listens to the process's own streams for as long as the process lives.
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);

class Recorder extends Console {
  stdout = '';
  stderr = '';
  override result(line: string): void {
    this.stdout += `${line}\n`;
  }
  override async results(lines: readonly string[]): Promise<void> {
    this.stdout += `${lines.join('\n')}\n`;
  }
  override async bytes(bytes: Uint8Array): Promise<void> {
    this.stdout += Buffer.from(bytes).toString('latin1');
  }
  override plain(line: string): void {
    this.stderr += `${line}\n`;
  }
}

/** Starts a command; a failure is its message on stderr and its exit status, as the command line shows it. */
export const startTool = (command: CommandModule, ...argv: readonly string[]): Running => {
  const interrupt = new Interrupt();
  const console = new Recorder('tool', interrupt);
  const run = async (): Promise<Ended> => {
    let status: number;
    try {
      status = await command.run({ argv, console, interrupt });
    } catch (error) {
      if (!(error instanceof UsageError) && !(error instanceof ToolFailure)) throw error;
      console.plain(error.message);
      status = error instanceof UsageError || error.isUsage ? 2 : 1;
    }
    return { status, stdout: console.stdout, stderr: console.stderr };
  };
  return { ended: run(), interrupt: (cause) => interrupt.request(cause), stdout: () => console.stdout };
};

/** A broker for the test, and how to run a tool against it. */
export const toolsForTest = async (config: Record<string, string> = {}) => {
  const { broker } = await brokerForTest({ 'num.partitions': '1', ...config });
  const servers = `127.0.0.1:${broker.port}`;
  const start = (command: CommandModule, ...argv: readonly string[]): Running => {
    const running = startTool(command, '--bootstrap-server', servers, ...argv);
    onTestFinished(() => running.interrupt('SIGTERM'));
    return running;
  };
  return { servers, start, run: (command: CommandModule, ...argv: readonly string[]) => start(command, ...argv).ended };
};

/** The lines of a text without the last line's end. */
export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** A table's rows by the names over its columns; every field is one word. */
export const tableOf = (text: string): Record<string, string>[] => {
  const [header, ...rows] = linesOf(text).map((line) => line.trim().split(/\s+/));
  return rows.map((row) => Object.fromEntries((header ?? []).map((name, index) => [name, row[index] ?? ''])));
};
