/** A setting was unknown, malformed, out of range or of a feature that is not built; the message is one line for a person. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The setting it is about, by Kafka's name; null when it is about several. */
  readonly setting: string | null;
  constructor(message: string, options: ErrorOptions & { readonly setting?: string } = {}) {
    super(message, options);
    this.setting = options.setting ?? null;
  }
}

/** Types of settings as DescribeConfigs numbers them (`org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType`). */
export const ConfigType = { BOOLEAN: 1, STRING: 2, INT: 3, SHORT: 4, LONG: 5, DOUBLE: 6, LIST: 7 } as const;

/** One of `ConfigType`. */
export type ConfigTypeCode = (typeof ConfigType)[keyof typeof ConfigType];

/** How the values of a setting are read and written. */
export type Kind<T> = {
  readonly type: ConfigTypeCode;
  /** Reads the text of a value, without blanks around it; throws `Expectation`. */
  read(text: string): T;
  /** The text that a value is shown by; `read` gives the value back. */
  show(value: T): string;
};

/** Thrown by `Kind.read`; the message completes "<name> must be ...". */
export class Expectation extends Error {}

/** Kafka's largest int. */
export const INT_MAX = 2 ** 31 - 1;

const LONG_MAX_TEXT = '9223372036854775807';
const LONG_MAX = 2n ** 63n - 1n;

type Bounds = { readonly min: number; readonly max?: number; readonly unit: string; readonly hint?: string };

const expected = ({ min, max, unit, hint = '' }: Bounds): Expectation => {
  const range = max === undefined ? `${min} or more` : `${min} to ${max}`;
  return new Expectation(`a whole number${unit === '' ? '' : ` of ${unit}`}, ${range}${hint}`);
};

const WHOLE = /^[+-]?\d+$/;

/** A whole number of 32 bits. */
export const int = (bounds: Bounds): Kind<number> => ({
  type: ConfigType.INT,
  read: (text) => {
    const value = WHOLE.test(text) ? Number(text) : Number.NaN;
    if (!(value >= bounds.min && value <= (bounds.max ?? INT_MAX))) throw expected(bounds);
    return value;
  },
  show: String,
});

/** A whole number of 64 bits; what no number of JavaScript counts exactly, such as Kafka's "never", is Infinity. */
export const long = (bounds: Bounds): Kind<number> => ({
  type: ConfigType.LONG,
  read: (text) => {
    const exact = WHOLE.test(text) ? BigInt(text) : null;
    if (exact === null || exact > LONG_MAX || !(Number(exact) >= bounds.min)) throw expected(bounds);
    return exact > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(exact);
  },
  show: (value) => (value === Number.POSITIVE_INFINITY ? LONG_MAX_TEXT : String(value)),
});

/** A share from 0 to 1. */
export const share: Kind<number> = {
  type: ConfigType.DOUBLE,
  read: (text) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 0 && value <= 1)) throw new Expectation('a number from 0 to 1');
    return value;
  },
  show: String,
};

/** true or false, in any case. */
export const truth: Kind<boolean> = {
  type: ConfigType.BOOLEAN,
  read: (text) => {
    const lower = text.toLowerCase();
    if (lower !== 'true' && lower !== 'false') throw new Expectation('true or false');
    return lower === 'true';
  },
  show: String,
};

/** One of a few words. */
export const oneOf = <T extends string>(...words: readonly T[]): Kind<T> => ({
  type: ConfigType.STRING,
  read: (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new Expectation(words.join(' or '));
    return found;
  },
  show: (value) => value,
});

/** Some of a few words, one at least, each once, with commas between them. */
export const someOf = <T extends string>(...words: readonly T[]): Kind<readonly T[]> => ({
  type: ConfigType.LIST,
  read: (text) => {
    const given = text.split(',').map((each) => each.trim());
    const found = given.flatMap((each) => words.filter((word) => word === each));
    if (found.length < given.length || new Set(found).size < found.length)
      throw new Expectation(`one or more of ${words.join(', ')}, each once, with commas between them`);
    return found;
  },
  show: (value) => value.join(','),
});

/**
 * Reads one value.
 * @throws ConfigError that names the setting, what it must be and what came.
 */
export const readValue = <T>(name: string, kind: Kind<T>, text: string): T => {
  try {
    return kind.read(text.trim());
  } catch (error) {
    if (!(error instanceof Expectation)) throw error;
    throw new ConfigError(`${name} must be ${error.message}; got ${JSON.stringify(text)}`, {
      cause: error,
      setting: name,
    });
  }
};
