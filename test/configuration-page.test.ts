import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configurationPage, pageFile, sourcesOf } from '../scripts/configuration-page.mjs';
import { parseConsumerCommand } from '../src/cli/consumer-plan.ts';
import { parseE2eCommand } from '../src/cli/e2e-plan.ts';
import { parseProducerCommand } from '../src/cli/producer-plan.ts';
import { readConsoleConsumerPlan } from '../src/cli/tools/console-consumer-plan.ts';
import { readConsoleProducerPlan } from '../src/cli/tools/console-producer-flags.ts';
import { connectionProperties } from '../src/client/properties/common-properties.ts';
import { consumerProperties } from '../src/client/properties/consumer-properties.ts';
import { producerProperties } from '../src/client/properties/producer-properties.ts';
import { securityProperties } from '../src/client/properties/security-properties.ts';
import { kafkajsSupport } from '../src/drivers/kafkajs/properties.ts';

it('the page of client properties is what the tables say (npm run docs:configuration writes it)', () => {
  const sources = sourcesOf({
    producerProperties,
    consumerProperties,
    connectionProperties,
    securityProperties,
    kafkajsSupport,
    parseProducerCommand,
    parseConsumerCommand,
    parseE2eCommand,
    readConsoleProducerPlan,
    readConsoleConsumerPlan,
  });

  expect(readFileSync(pageFile, 'utf8')).toBe(configurationPage(sources));
});
