/** The load generators that `--driver exec:NAME` knows, and everybody else's. */
import { nearest } from '../../measure/nearest.ts';
import { commandTool } from './command-tool.ts';
import type { ExternalTool } from './external-tool.ts';
import { franzTool } from './franz-tool.ts';
import { javaTool } from './java-tool.ts';
import { rdkafkaTool } from './rdkafka-tool.ts';

const known: Readonly<Record<string, ExternalTool>> = { java: javaTool, rdkafka: rdkafkaTool, 'franz-go': franzTool };

/** Names that stand for a tool; any other text is a command line. */
export const externalToolNames = Object.keys(known);

/** The tool of a name, or of a command line. Nothing is looked for yet. */
export const externalTool = (name: string): ExternalTool => {
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found !== undefined) return found;
  const meant = nearest(name, externalToolNames);
  const hint = meant === null ? `; tools by name are ${externalToolNames.join(', ')}` : `; did you mean exec:${meant}?`;
  return commandTool(name, hint);
};
