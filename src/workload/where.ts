/** Conditions that leave out points of a sweep: `client.linger.ms > 0 and not topic.partitions in [1, 2]`. */
import type { Scalar } from './schema.ts';
import { didYouMeanSetting } from './setting-path.ts';
import { amountOf, isSameValue, kindOf, type ValueKind } from './setting-value.ts';
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

/** By amounts. Throws WorkloadError for values that are none: text has no order that anybody means. */
const order = (name: string, left: Scalar, right: string): number => {
  const [one, other] = [amountOf(name, left), amountOf(name, right)];
  if (!Number.isNaN(one) && !Number.isNaN(other)) return one === other ? 0 : one < other ? -1 : 1;
  throw new WorkloadError(
    `where compares ${name}, which is ${JSON.stringify(left)}, with ${JSON.stringify(right)}: they have no order, use ==, != or in`,
  );
};

type Test = (name: string, left: Scalar, right: string) => boolean;

const signs: Readonly<Record<string, Test>> = {
  '==': isSameValue,
  '!=': (name, left, right) => !isSameValue(name, left, right),
  '<': (name, left, right) => order(name, left, right) < 0,
  '<=': (name, left, right) => order(name, left, right) <= 0,
  '>': (name, left, right) => order(name, left, right) > 0,
  '>=': (name, left, right) => order(name, left, right) >= 0,
};

/** What a value of each kind looks like. */
const examples: Readonly<Record<ValueKind, string>> = {
  SIZE: 'a number of bytes, or a size such as 10 B or 4 KiB',
  TIME: 'a time such as 500ms or 2s',
  RATE: 'records per second, or max',
};

/** Reads tokens from left to right. */
class Reader {
  readonly #tokens: readonly Token[];
  readonly #knows: (name: string) => boolean;
  readonly #names: readonly string[];
  #at = 0;
  constructor(tokens: readonly Token[], knows: (name: string) => boolean, names: readonly string[]) {
    this.#tokens = tokens;
    this.#knows = knows;
    this.#names = names;
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
      throw new WorkloadError(
        `where knows no setting ${JSON.stringify(name)}; ${didYouMeanSetting(name, this.#names, 'name an axis, or one that is set')}`,
      );
    const isOneOf = this.#takes('in');
    if (isOneOf) {
      const values = this.#list(name);
      return (settings) => {
        const left = settings(name);
        return left !== undefined && values.some((value) => isSameValue(name, left, value));
      };
    }
    const sign = this.#tokens[this.#at]?.text ?? '';
    const test = Object.hasOwn(signs, sign) ? signs[sign] : undefined;
    if (test === undefined) throw this.#expected('==, !=, <, <=, >, >= or in');
    this.#at += 1;
    const value = this.#comparedValue(name);
    return (settings) => {
      const left = settings(name);
      return left === undefined ? sign === '!=' : test(name, left, value);
    };
  }

  #list(name: string): readonly string[] {
    if (!this.#takes('[')) throw this.#expected('a list, such as [1, 2]');
    const values = [this.#comparedValue(name)];
    while (this.#takes(',')) values.push(this.#comparedValue(name));
    if (!this.#takes(']')) throw this.#expected(']');
    return values;
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'quoted' || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  /** A value that the setting may have. A size may have a blank before its unit. */
  #comparedValue(name: string): string {
    const isWord = this.#tokens[this.#at]?.kind === 'word';
    const first = this.#value('a value');
    if (isWord && this.#knows(first))
      throw new WorkloadError(
        `where compares a setting with a value, and ${first} is a setting; if it is a text, write "${first}"`,
      );
    const kind = kindOf(name);
    const unit = this.#tokens[this.#at];
    const hasUnit = kind === 'SIZE' && isWord && unit?.kind === 'word' && /^(B|KiB|MiB)$/.test(unit.text);
    if (hasUnit) this.#at += 1;
    const value = hasUnit ? `${first} ${unit.text}` : first;
    // A distribution is no amount, and yet a value.
    const isAmount = !Number.isNaN(amountOf(name, value)) || (kind === 'SIZE' && value.includes(':'));
    if (kind === null || isAmount) return value;
    throw new WorkloadError(`where compares ${name} with ${JSON.stringify(value)}; it takes ${examples[kind]}`);
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

/**
 * Reads a condition.
 * @param knows whether some point has a setting of this name
 * @param names those that some point has, for a hint at the nearest one
 * @throws WorkloadError for what cannot be read, and for settings that no point has; the condition itself for values without an order.
 */
export const parseWhere = (
  source: string,
  knows: (name: string) => boolean,
  names: readonly string[] = [],
): Condition => new Reader(tokensOf(source), knows, names).whole();
