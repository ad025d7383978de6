/** The command line of real-kafka: its words and flags, and what is wrong with one. */
import { parseArgs } from 'node:util';

const MOST_NODES = 9;
const MOST_PORT = 65_535;

const words = ['start', 'status', 'stop'];

/** Flags, as `parseArgs` takes them. */
export const flags = /** @type {const} */ ({
  version: { type: 'string' },
  dir: { type: 'string' },
  port: { type: 'string', default: '0' },
  nodes: { type: 'string', default: '1' },
  node: { type: 'string' },
  racks: { type: 'boolean', default: false },
  secure: { type: 'boolean', default: false },
  zookeeper: { type: 'boolean', default: false },
  config: { type: 'string', multiple: true },
  remove: { type: 'boolean', default: false },
});

/** What --help says. @param {string} directory where a cluster is when none is named */
export const usageText = (directory) => `usage:
  real-kafka start [flags]   starts Apache Kafka on loopback and prints its addresses
  real-kafka status [flags]  says what runs, and where
  real-kafka stop [flags]    stops it; its data is kept

  --dir DIR           where the cluster is (${directory})
  start:
  --nodes N           how many nodes, 1 to ${MOST_NODES} (1)
  --racks             a rack for each node
  --secure            SSL, SASL_PLAINTEXT and SASL_SSL listeners, too
  --version VERSION   of Kafka, such as 4.1.0
  --zookeeper         the older mode, with ZooKeeper
  --port N            of the first listener; 0 for a free one (0)
  --config KEY=VALUE  a setting of the nodes; may be repeated
  stop:
  --node ID           this node alone
  --remove            removes the data, too`;

/** @param {string | undefined} text @param {number} least @param {number} most */
const isNumber = (text, least, most) => /^\d+$/.test(text ?? '') && Number(text) >= least && Number(text) <= most;

/** What is wrong with a command line, in one line; null when nothing is. @param {readonly string[]} argv */
export function usageFault(argv) {
  const given = parseArgs({ args: [...argv], allowPositionals: true, options: flags, strict: false, tokens: true });
  for (const token of given.tokens ?? []) {
    if (token.kind !== 'option') continue;
    const flag = Object.entries(flags).find(([name]) => token.rawName === `--${name}`)?.[1];
    if (flag === undefined)
      return `unknown flag ${token.rawName}; known are ${Object.keys(flags)
        .map((name) => `--${name}`)
        .join(', ')}`;
    if (flag.type === 'boolean' && token.value !== undefined) return `${token.rawName} takes no value`;
    if (flag.type === 'string' && (token.value ?? '').replace(/^-.*/s, '') === '')
      return `${token.rawName} needs a value`;
  }
  const [word, ...more] = given.positionals;
  if (word === undefined || !words.includes(word) || more.length > 0)
    return `expected ${words.join(', ')} or --help; got ${given.positionals.join(' ') || 'nothing'}`;
  const { port, nodes } = given.values;
  if (!isNumber(String(port), 0, MOST_PORT)) return `--port must be from 0 to ${MOST_PORT}; got ${port}`;
  return isNumber(String(nodes), 1, MOST_NODES) ? null : `--nodes must be from 1 to ${MOST_NODES}; got ${nodes}`;
}
