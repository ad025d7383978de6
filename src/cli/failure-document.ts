import type { ConsumerPlan, E2ePlan, ProducerPlan } from '../harness/plan.ts';
import type { CommandRun } from './command.ts';

/**
 * Runs a test, and where it fails before its first record prints the document that --json owes its reader.
 * @param plan null without --json.
 * @throws what the test throws.
 */
export async function withFailureDocument<Result>(
  { console, interrupt }: CommandRun,
  plan: ProducerPlan | ConsumerPlan | E2ePlan | null,
  test: () => Promise<Result>,
): Promise<Result> {
  const startedAt = new Date().toISOString();
  try {
    return await test();
  } catch (error) {
    if (plan !== null) {
      const { describeUnbegun } = await import('../harness/unbegun.ts');
      const isInterrupted = interrupt.signal.aborted;
      console.result(JSON.stringify(describeUnbegun(plan, { startedAt, error, isInterrupted })));
    }
    throw error;
  }
}
