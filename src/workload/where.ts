/** Conditions that leave out points of a sweep: `client.linger.ms > 0 and not topic.partitions in [1, 2]`. */
import type { Scalar } from './schema.ts';
import { WorkloadError } from './workload-error.ts';

/** Whether a point stays, from its settings by name. */
export type Condition = (settingOf: (name: string) => Scalar | undefined) => boolean;

const tokenPattern = /\s*(?:(==|!=|<=|>=|<|>|[()[\],])|"([^"]*)"|'([^']*)'|([A-Za-z0-9_.:@+-]+))/y;
type Token = { readonly text: string; readonly kind: 'sign' | 'word' | 'quoted' };

const tokensOf = (source: string): readonly Token[] => {
  const tokens: Token[] = [];
  const pattern = new RegExp(tokenPattern);
  const end = source.trimEnd().length;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const match = pattern.exec(source);
    if (match === null) throw new WorkloadError(`where cannot be read at ${JSON.stringify(source.slice(from).trim())}`);
    const [, sign, double, single, word] = match;
    if (sign !== undefined) tokens.push({ text: sign, kind: 'sign' });
    else if (word !== undefined) tokens.push({ text: word, kind: 'word' });
    else tokens.push({ text: double ?? single ?? '', kind: 'quoted' });
  }
  return tokens;
};

/** Numbers compare as numbers, all else as text. */
const compare = (left: Scalar, right: string): number => {
  const [one, other] = [Number(left), Number(right)];
  if (typeof left !== 'boolean' && !Number.isNaN(one) && !Number.isNaN(other) && right.trim() !== '')
    return Math.sign(one - other);
  const text = String(left);
  return text < right ? -1 : text > right ? 1 : 0;
};

const signs: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Reads tokens from left to right. */
class Reader {
  readonly #tokens: readonly Token[];
  readonly #knows: (name: string) => boolean;
  #at = 0;
  constructor(tokens: readonly Token[], knows: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#knows = knows;
  }

  whole(): Condition {
    const condition = this.#either();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw this.#expected('and, or, or the end');
    return condition;
  }

  #either(): Condition {
    const parts = [this.#both()];
    while (this.#takes('or')) parts.push(this.#both());
    return (settings) => parts.some((part) => part(settings));
  }

  #both(): Condition {
    const parts = [this.#one()];
    while (this.#takes('and')) parts.push(this.#one());
    return (settings) => parts.every((part) => part(settings));
  }

  #one(): Condition {
    if (this.#takes('not')) {
      const inner = this.#one();
      return (settings) => !inner(settings);
    }
    if (!this.#takes('(')) return this.#comparison();
    const inner = this.#either();
    if (!this.#takes(')')) throw this.#expected(')');
    return inner;
  }

  #comparison(): Condition {
    const name = this.#value('the name of a setting');
    if (!this.#knows(name))
      throw new WorkloadError(`where knows no setting ${JSON.stringify(name)}: name an axis, or one that is set`);
    const isOneOf = this.#takes('in');
    if (isOneOf) {
      const values = this.#list();
      return (settings) => values.some((value) => equals(settings(name), value));
    }
    const sign = this.#tokens[this.#at]?.text ?? '';
    const test = Object.hasOwn(signs, sign) ? signs[sign] : undefined;
    if (test === undefined) throw this.#expected('==, !=, <, <=, >, >= or in');
    this.#at += 1;
    const value = this.#value('a value');
    return (settings) => {
      const left = settings(name);
      return left === undefined ? sign === '!=' : test(compare(left, value));
    };
  }

  #list(): readonly string[] {
    if (!this.#takes('[')) throw this.#expected('a list, such as [1, 2]');
    const values = [this.#value('a value')];
    while (this.#takes(',')) values.push(this.#value('a value'));
    if (!this.#takes(']')) throw this.#expected(']');
    return values;
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'quoted' || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #value(what: string): string {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'sign') throw this.#expected(what);
    this.#at += 1;
    return token.text;
  }

  #expected(what: string): WorkloadError {
    const got = this.#tokens[this.#at];
    return new WorkloadError(`where expected ${what}; got ${got === undefined ? 'its end' : JSON.stringify(got.text)}`);
  }
}

const equals = (left: Scalar | undefined, right: string): boolean => left !== undefined && compare(left, right) === 0;

/**
 * Reads a condition.
 * @param knows whether some point has a setting of this name
 * @throws WorkloadError for what cannot be read, and for settings that no point has.
 */
export const parseWhere = (source: string, knows: (name: string) => boolean): Condition =>
  new Reader(tokensOf(source), knows).whole();
