// node scripts/configuration-page.mjs: writes docs/configuration.md from the tables of properties that the built clients check with.
// SPILLWAY_MAIN names the command line of another build than dist/.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { table } from './bench/table.mjs';

/** The page. */
export const pageFile = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));

/**
 * @typedef {{ readonly name: string, readonly type: string, readonly default: string | number | boolean | null, readonly min?: number, readonly max?: number, readonly values?: readonly string[], readonly supportedValues?: readonly string[], readonly status: 'supported' | 'not-yet' | 'jvm-only', readonly description: string, readonly reason?: string }} Property
 * @typedef {{ readonly title: string, readonly client: 'producer' | 'consumer', readonly properties: readonly Property[] }} Section
 * @typedef {{ readonly name: string, readonly properties: Readonly<Record<string, string>> }} CommandSettings
 * @typedef {(client: 'producer' | 'consumer', name: string) => 'yes' | 'no effect' | 'refused'} KafkajsSupport
 * @typedef {{ readonly sections: readonly Section[], readonly commands: readonly CommandSettings[], readonly kafkajsSupport: KafkajsSupport }} Sources
 */

const introduction = `# Client properties

<!-- Made by npm run docs:configuration from the tables in src/client/properties; change it there. -->

Commands and programs take the properties of Kafka 4's clients by Kafka's names, with Kafka's defaults and meaning. One that is not
known is refused with the nearest name, and so is a value that Kafka would refuse.

${table(
  ['where', 'how'],
  [
    ['`--command-property linger.ms=10 ...`', 'one or more `name=value`; may be repeated'],
    ['`--command-config FILE`', "a Java properties file, as Kafka's own tools take it"],
    ['a flag that stands for one', '`--bootstrap-server`, `--transactional-id`, `--group`, `--fetch-size`, ...'],
    ['a program', '`createProducer({ properties })`, `createConsumer({ properties })`'],
  ],
)}

A flag that stands for a property wins over \`--command-property\`, that over the file, and the file over what a command sets by itself.

**Status.** \`yes\`: does what it does in Java's client. \`only ...\`: these values do. \`refused\`: not built. \`Java only\`: nothing that a client
outside of Java could do; such a setting of a file is left out, with one line on stderr that names it, so that files made for Java's
tools work, and is refused as \`--command-property\`. **kafkajs**: what becomes of it with \`--driver kafkajs\`: \`yes\`, \`no effect\` (said in the
result) or \`refused\`.

Values of type \`password\` never appear in errors, results and run records.
`;

/** @param {string} text @returns {string} */
const code = (text) => (text === '' ? '' : `\`${text}\``);

/** Java classes without their packages: the table shall be read. @param {string} text @returns {string} */
const short = (text) => text.replace(/org\.apache\.kafka\.[a-z.]+\.(?=[A-Z])/g, '');

/** @param {Property} property @returns {string} */
const defaultOf = ({ default: value }) =>
  value === null ? 'none' : value === '' ? 'empty' : code(short(String(value)).replaceAll(',', ', '));

/** @param {Property} property @returns {string} */
const validOf = ({ type, values, min, max }) => {
  if (values !== undefined) return values.map(code).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  return min === undefined ? '' : `${min} or more`;
};

/** @param {Property} property @returns {string} */
const statusOf = ({ status, supportedValues, reason }) => {
  const because = reason === undefined ? '' : `: ${reason}`;
  if (supportedValues !== undefined)
    return `only ${[...new Set(supportedValues.map(short))].map(code).join(', ')}${because}`;
  if (status === 'supported') return 'yes';
  return status === 'jvm-only' ? `Java only${because}` : `refused${because === '' ? ': not built' : because}`;
};

/** @param {Section} section @param {KafkajsSupport} kafkajsSupport @returns {string} */
const sectionText = ({ title, client, properties }, kafkajsSupport) => {
  const rows = properties.map((property) => [
    code(property.name),
    property.type,
    defaultOf(property),
    validOf(property),
    property.description,
    statusOf(property),
    property.status === 'supported' || property.supportedValues !== undefined
      ? kafkajsSupport(client, property.name)
      : 'refused',
  ]);
  return `## ${title}\n\n${table(['property', 'type', 'default', 'values', 'what it does', 'status', 'kafkajs'], rows)}\n`;
};

/** @param {readonly CommandSettings[]} commands @returns {string} */
const commandsText = (commands) => {
  const rows = commands.map(({ name, properties }) => [
    code(name),
    Object.entries(properties)
      .map(([property, value]) => code(`${property}=${value}`))
      .join(', '),
  ]);
  return `## What commands set

Unless a file or a flag says otherwise; most of it is what Kafka's own tools set.

${table(['command', 'sets'], rows)}

With \`--driver kafkajs\`, \`enable.idempotence\` is \`false\` unless it, or a transactional id, is given, and \`check.crcs\` is \`false\`: kafkajs checks none.
`;
};

/**
 * The whole page.
 *
 * @param {Sources} sources
 * @returns {string}
 */
export const configurationPage = ({ sections, commands, kafkajsSupport }) =>
  [introduction, ...sections.map((section) => sectionText(section, kafkajsSupport)), commandsText(commands)].join('\n');

/**
 * Puts the sources together from the modules that hold them.
 *
 * @param {{
 *   readonly producerProperties: ReadonlyMap<string, Property>,
 *   readonly consumerProperties: ReadonlyMap<string, Property>,
 *   readonly connectionProperties: readonly Property[],
 *   readonly securityProperties: readonly Property[],
 *   readonly kafkajsSupport: KafkajsSupport,
 *   readonly parseProducerCommand: (argv: readonly string[]) => { readonly plan: { readonly properties: Readonly<Record<string, string>> } },
 *   readonly parseConsumerCommand: (argv: readonly string[]) => { readonly plan: { readonly properties: Readonly<Record<string, string>> } },
 *   readonly parseE2eCommand: (argv: readonly string[]) => { readonly plan: { readonly properties: Readonly<Record<string, string>>, readonly consumerProperties: Readonly<Record<string, string>> } },
 *   readonly readConsoleProducerPlan: (argv: readonly string[], warn: (line: string) => void) => { readonly properties: Readonly<Record<string, string>> },
 *   readonly readConsoleConsumerPlan: (argv: readonly string[], warn: (line: string) => void) => { readonly properties: Readonly<Record<string, string>> },
 * }} modules
 * @returns {Sources}
 */
export const sourcesOf = (modules) => {
  const shared = new Set([...modules.connectionProperties, ...modules.securityProperties].map(({ name }) => name));
  const own = (/** @type {ReadonlyMap<string, Property>} */ properties) =>
    [...properties.values()].filter(({ name }) => !shared.has(name));
  const topic = ['--topic', 't', '--num-records', '1'];
  const produce = ['--record-size', '1', '--throughput', '-1'];
  const e2e = modules.parseE2eCommand([...topic, '--producer-acks', 'all', '--record-size', '1']).plan;
  const console = ['--bootstrap-server', 'h:1', '--topic', 't'];
  const ignore = () => undefined;
  const { 'bootstrap.servers': _, ...consoleProducer } = modules.readConsoleProducerPlan(console, ignore).properties;
  return {
    sections: [
      { title: 'Producer', client: 'producer', properties: own(modules.producerProperties) },
      { title: 'Consumer', client: 'consumer', properties: own(modules.consumerProperties) },
      { title: 'Connections, of both', client: 'producer', properties: modules.connectionProperties },
      { title: 'Security, of both', client: 'producer', properties: modules.securityProperties },
    ],
    commands: [
      { name: 'producer-perf-test', properties: modules.parseProducerCommand([...topic, ...produce]).plan.properties },
      { name: 'consumer-perf-test', properties: modules.parseConsumerCommand(topic).plan.properties },
      { name: 'e2e-latency, its producers', properties: e2e.properties },
      { name: 'e2e-latency, its consumers', properties: e2e.consumerProperties },
      { name: 'console-producer', properties: consoleProducer },
      { name: 'console-consumer', properties: modules.readConsoleConsumerPlan(console, ignore).properties },
    ],
    kafkajsSupport: modules.kafkajsSupport,
  };
};

const isMain = process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href;
if (isMain) {
  const built = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const load = (/** @type {string} */ file) => import(pathToFileURL(resolve(built, '../..', file)).href);
  const modules = await Promise.all(
    [
      'client/properties/producer-properties.js',
      'client/properties/consumer-properties.js',
      'client/properties/common-properties.js',
      'client/properties/security-properties.js',
      'drivers/kafkajs/properties.js',
      'cli/producer-plan.js',
      'cli/consumer-plan.js',
      'cli/e2e-plan.js',
      'cli/tools/console-producer-flags.js',
      'cli/tools/console-consumer-plan.js',
    ].map(load),
  );
  writeFileSync(pageFile, configurationPage(sourcesOf(Object.assign({}, ...modules))));
}
