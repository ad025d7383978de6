import { PropertyError } from './property.ts';

/** Client properties as programs give them, by Kafka's names: numbers and booleans stand for their text. */
export type GivenProperties = Readonly<Record<string, string | number | boolean>>;

const textOf = (name: string, value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  const got = value === null || typeof value === 'number' ? String(value) : typeof value;
  throw new PropertyError(
    name,
    `${name} must be text, a number or a boolean; got ${got}: give a value or leave it out`,
  );
};

/**
 * A program's properties as text, as the client takes them.
 * @throws PropertyError for a value that has no text, and without `bootstrap.servers`: a program's client has no other way to its cluster.
 */
export const textProperties = (given: GivenProperties | undefined): Readonly<Record<string, string>> => {
  const texts = Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name, textOf(name, value)]));
  const servers = 'bootstrap.servers';
  if (texts[servers] !== undefined) return texts;
  throw new PropertyError(servers, `${servers} is needed: give host:port of at least one broker, as in localhost:9092`);
};
