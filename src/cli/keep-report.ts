import { join } from 'node:path';
import type { Console } from './console.ts';

/**
 * Writes `report.html` and `summary.csv` beside the run.json of a test that has ended. All that makes them is loaded here, after the
 * measurement. A report that cannot be written is warned of: the run itself is kept.
 * @param runRecord folder of the run; null writes nothing
 */
export async function keepReport(runRecord: string | null, console: Pick<Console, 'note'>): Promise<void> {
  if (runRecord === null) return;
  try {
    const [{ readStoredRun }, { reportPage }, { csvText }, { namedRuns }, { writeOutput }] = await Promise.all([
      import('../results/store.ts'),
      import('../report/html/page.ts'),
      import('../report/csv.ts'),
      import('../report/named-runs.ts'),
      import('./write-output.ts'),
    ]);
    const stored = readStoredRun(runRecord);
    const tests = namedRuns(stored);
    if (tests.length > 0) writeOutput(join(runRecord, 'summary.csv'), csvText(tests), true);
    writeOutput(join(runRecord, 'report.html'), await reportPage([stored]), true);
  } catch (error) {
    console.note(`warning: no report was made of the run: ${error instanceof Error ? error.message : String(error)}`);
  }
}
