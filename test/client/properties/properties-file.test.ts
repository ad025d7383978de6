import { describe, expect, it } from 'vitest';
import { PropertiesSyntaxError, parsePropertiesFile } from '../../../src/client/properties/properties-file.ts';

const pairs = (text: string): string[] => parsePropertiesFile(text).map(({ key, value }) => `${key}|${value}`);

describe('a properties file', () => {
  it('separates key and value by =, : or a blank, and keeps later ones in the value', () => {
    expect(pairs('a=1\nb: 2\nc 3\n d = e=f:g \n')).toEqual(['a|1', 'b|2', 'c|3', 'd|e=f:g ']);
  });

  it('leaves out comments and blank lines', () => {
    expect(pairs('# one\n! two\n\n   \n  # three\na=# four')).toEqual(['a|# four']);
  });

  it('continues a line after an odd number of backslashes', () => {
    expect(pairs('a=1,\\\n   2\nb=x\\\\\nc=3\\')).toEqual(['a|1,2', 'b|x\\', 'c|3']);
  });

  it('understands escapes', () => {
    expect(pairs('a\\=b\\ c=\\u0041\\t\\q')).toEqual(['a=b c|A\tq']);
  });

  it('counts the lines an entry begins on, with any line end', () => {
    expect(parsePropertiesFile('a=1\r\nb=\\\r\n2\r\nc=3').map(({ line }) => line)).toEqual([1, 2, 4]);
  });

  it('keeps an empty value and refuses a key alone', () => {
    expect(pairs('a=')).toEqual(['a|']);
    expect(() => parsePropertiesFile('a=1\nnonsense')).toThrow(PropertiesSyntaxError);
    expect(() => parsePropertiesFile('=1')).toThrow('expected key=value');
    expect(() => parsePropertiesFile('a=\\u12')).toThrow('four hexadecimal digits');
  });
});
