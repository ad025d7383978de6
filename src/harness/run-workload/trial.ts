/** Runs the test of one trial, and says whether it did what it was asked. */
import { e2eFailureText } from '../../report/e2e-text.ts';
import { consumerShortfallLine } from '../../report/kafka-lines.ts';
import { askedRecords, unsentText } from '../../report/load-text.ts';
import { consumerFailureText, producerFailureText } from '../../report/text.ts';
import { verificationFailureText } from '../../report/verification-text.ts';
import type { TrialResult } from '../../results/workload-run.ts';
import { runConsumerTest } from '../consumer-test.ts';
import { runE2eTest } from '../e2e-test.ts';
import type { EmbeddedBroker } from '../embedded-broker.ts';
import type { TestObserver } from '../observer.ts';
import type { ConsumerPlan, E2ePlan, ProducerPlan } from '../plan.ts';
import { runProducerTest } from '../producer-test.ts';

/** A plan of any of the tests. */
export type AnyPlan = ProducerPlan | ConsumerPlan | E2ePlan;

/** Runs a plan's test; see runProducerTest() and the others. */
export const runPlan = (plan: AnyPlan, observer: TestObserver, broker: EmbeddedBroker | null): Promise<TrialResult> => {
  switch (plan.command) {
    case 'producer-perf-test':
      return runProducerTest(plan, observer, broker);
    case 'consumer-perf-test':
      return runConsumerTest(plan, observer, broker);
    case 'e2e-latency':
      return runE2eTest(plan, observer, broker);
  }
};

/** Why a trial did not do all it was asked, as its own command would say; null when it did. */
export const trialFailure = (plan: AnyPlan, result: TrialResult): string | null => {
  if (plan.command === 'producer-perf-test' && result.command === 'producer-perf-test') {
    const asked = askedRecords(plan.recordCount, plan.shape.durationMs, result);
    return producerFailureText(result, asked) ?? unsentText(result) ?? verificationFailureText(result.verification);
  }
  if (plan.command === 'consumer-perf-test' && result.command === 'consumer-perf-test')
    return consumerFailureText(result, plan.recordCount * plan.consumerGroups, consumerShortfallLine(plan.timeoutMs));
  if (plan.command === 'e2e-latency' && result.command === 'e2e-latency')
    return e2eFailureText(result, plan.durationMs === null ? plan.recordCount : null);
  return result.failure;
};
