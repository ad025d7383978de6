import { nearest } from '../../measure/nearest.ts';

/** Kafka's configuration types, as `ConfigDef.Type` names them. */
export type PropertyType = 'string' | 'list' | 'int' | 'long' | 'double' | 'boolean' | 'class' | 'password';

/** `supported`: does what Kafka's does. `not-yet`: its feature is not built. `jvm-only`: means something to Java programs alone. */
export type PropertyStatus = 'supported' | 'not-yet' | 'jvm-only';

/** One of Kafka's client properties. */
export type Property = {
  /** Kafka's name, such as `linger.ms`. */
  readonly name: string;
  readonly type: PropertyType;
  /** Value when unset, as Kafka 4 has it; null where Kafka has none. */
  readonly default: string | number | boolean | null;
  /** Smallest number allowed. */
  readonly min?: number;
  /** Largest number allowed. */
  readonly max?: number;
  /** Every value Kafka knows, where it knows a fixed set. */
  readonly values?: readonly string[];
  /** The values whose feature is built; absent means all of them. */
  readonly supportedValues?: readonly string[];
  readonly status: PropertyStatus;
  readonly description: string;
  /** Why values, or all of them, are refused, where more can be said than that it is not built; goes on after a colon. */
  readonly reason?: string;
};

/** A table of properties by name. */
export type PropertyTable = ReadonlyMap<string, Property>;

/** A property that cannot be used as it stands; the message is one line that says what was expected, what came, and what to do. */
export class PropertyError extends Error {
  /** The property that is at fault. */
  readonly property: string;
  constructor(property: string, message: string) {
    super(message);
    this.name = 'PropertyError';
    this.property = property;
  }
}

/** A value after its type was checked. */
export type PropertyValue = string | number | boolean;

/** Largest value of Java's int. */
export const INT_MAX = 2_147_483_647;

const NUMBER_WORDS = { int: 'a whole number', long: 'a whole number', double: 'a number' } as const;

/**
 * Checks given properties against a table: known names, built features, types and ranges.
 * @returns the given properties only, typed; names and values as Kafka trims them.
 * @throws PropertyError for the first property that cannot be used.
 */
export function checkProperties(
  table: PropertyTable,
  client: 'producer' | 'consumer',
  properties: Readonly<Record<string, string>>,
): ReadonlyMap<string, PropertyValue> {
  const checked = new Map<string, PropertyValue>();
  for (const [name, text] of Object.entries(properties)) {
    const property = table.get(name);
    if (property === undefined) throw unknownProperty(name, table, client);
    checked.set(name, checkValue(property, text.trim()));
  }
  return checked;
}

/** The value of a property: the given one, else the table's default; the type is the table's business. */
export function effectiveValue(
  table: PropertyTable,
  checked: ReadonlyMap<string, PropertyValue>,
  name: string,
): PropertyValue | null {
  return checked.get(name) ?? table.get(name)?.default ?? null;
}

/** A numeric property's value, given or default. Throws an Error when the table holds no number for it: a mistake in the table. */
export function numberValue(table: PropertyTable, checked: ReadonlyMap<string, PropertyValue>, name: string): number {
  const value = effectiveValue(table, checked, name);
  if (typeof value !== 'number') throw new Error(`${name} has no number in the property table`);
  return value;
}

/** A textual property's value, given or default; null where there is neither. */
export function stringValue(
  table: PropertyTable,
  checked: ReadonlyMap<string, PropertyValue>,
  name: string,
): string | null {
  const value = effectiveValue(table, checked, name);
  return value === null ? null : String(value);
}

function unknownProperty(name: string, table: PropertyTable, client: 'producer' | 'consumer'): PropertyError {
  const meant = nearest(name, table.keys());
  const hint = meant === null ? `see Kafka's ${client} configuration` : `did you mean ${meant}?`;
  return new PropertyError(name, `${JSON.stringify(name)} is not a property of Kafka's ${client}; ${hint}`);
}

function checkValue(property: Property, text: string): PropertyValue {
  const { supportedValues } = property;
  if (property.status !== 'supported' && supportedValues === undefined)
    throw new PropertyError(property.name, `${property.name} is not supported${reasonOf(property)}; leave it out`);
  if (property.values !== undefined && !property.values.includes(canonical(property, text))) {
    throw new PropertyError(
      property.name,
      `${property.name} must be one of ${property.values.join(', ')}; got ${JSON.stringify(text)}`,
    );
  }
  const value = typedValue(property, text);
  if (supportedValues !== undefined && !supportedValues.includes(String(value))) {
    const choice =
      supportedValues.length === 1 ? `use ${supportedValues[0]}` : `use one of ${supportedValues.join(', ')}`;
    const known = property.type === 'password' ? property.name : `${property.name}=${text}`;
    throw new PropertyError(
      property.name,
      `${known} is not supported${reasonOf(property)}; ${choice}, or leave it out`,
    );
  }
  return value;
}

const reasonOf = ({ reason, status, supportedValues }: Property): string => {
  if (reason !== undefined) return `: ${reason}`;
  return status === 'jvm-only' && supportedValues === undefined ? ": it configures Kafka's Java client only" : ' yet';
};

/** Whether a setting configures Java's client alone, so that a file made for Java's tools may well hold it. */
export const isForJavaAlone = ({ status, supportedValues }: Property, value: string): boolean =>
  status === 'jvm-only' && supportedValues?.includes(value.trim()) !== true;

/** Booleans and security protocols are read without regard to case, as Java does. */
function canonical(property: Property, text: string): string {
  if (property.type === 'boolean') return text.toLowerCase();
  return property.name === 'security.protocol' ? text.toUpperCase() : text;
}

function typedValue(property: Property, text: string): PropertyValue {
  if (property.type === 'boolean') {
    const word = text.toLowerCase();
    if (word === 'true' || word === 'false') return word === 'true';
    throw new PropertyError(property.name, `${property.name} must be true or false; got ${JSON.stringify(text)}`);
  }
  if (property.type === 'int' || property.type === 'long' || property.type === 'double') {
    return numericValue(property, text, NUMBER_WORDS[property.type]);
  }
  return canonical(property, text);
}

function numericValue(property: Property, text: string, kind: string): number {
  const pattern = property.type === 'double' ? /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i : /^[+-]?\d+$/;
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  const min = property.min ?? (property.type === 'int' ? -INT_MAX - 1 : Number.MIN_SAFE_INTEGER);
  const max = property.max ?? (property.type === 'int' ? INT_MAX : Number.MAX_SAFE_INTEGER);
  if (value >= min && value <= max) return value;
  const unit = property.name.endsWith('.ms') ? ' of milliseconds' : property.name.endsWith('.bytes') ? ' of bytes' : '';
  const bound = max < INT_MAX ? `from ${min} to ${max}` : `${min} or more`;
  const over = Number.isNaN(value) || value < min ? bound : `at most ${max}`;
  throw new PropertyError(
    property.name,
    `${property.name} must be ${kind}${unit}, ${over}; got ${JSON.stringify(text)}`,
  );
}
