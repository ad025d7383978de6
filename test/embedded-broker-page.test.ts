import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pageFile, withApiTable } from '../scripts/api-table.mjs';
import { handlers } from '../src/broker/apis/all.ts';
import { readFault } from '../src/broker/faults/read-fault.ts';
import { defaultGroupSettings } from '../src/broker/groups/settings.ts';
import { defaultTransactionSettings } from '../src/broker/transactions/settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(pageFile, 'utf8');

describe('the page of the embedded broker', () => {
  it('lists the APIs that are registered (npm run docs:apis writes them)', () => {
    expect(page).toBe(withApiTable(page, handlers.values()));
  });

  it('shows the example as it runs', () => {
    const example = readFileSync(join(root, 'examples/embedded-broker.test.ts'), 'utf8');
    expect(page).toContain(`\`\`\`ts\n${example}\`\`\``);
  });

  it('shows faults of a file that a broker takes', () => {
    const [, text = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
    const apis = new Map(Array.from(handlers.values(), ({ api }) => [api.name, api]));
    const faults: unknown = JSON.parse(text);
    expect(Array.isArray(faults) && faults.map((fault) => readFault(fault, apis, 'fault'))).toHaveLength(4);
  });

  it.each([
    ['group.initial.rebalance.delay.ms', defaultGroupSettings.initialRebalanceDelayMs],
    ['offsets.topic.num.partitions', defaultGroupSettings.offsetsTopicPartitions],
    ['transaction.state.log.num.partitions', defaultTransactionSettings.topicPartitions],
  ])('has the default of %s', (name, value) => {
    expect(page).toContain(`| \`${name}\` | ${value} |`);
  });
});
