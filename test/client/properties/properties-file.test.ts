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
    expect(pairs('a=1,\\\n   2\nb=x\\\\\nc=3\\\n\nd=4')).toEqual(['a|1,2', 'b|x\\', 'c|3', 'd|4']);
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

  it.each(['a=1\nb=2,\\', 'a=1\nb=2,\\\n'])('that was cut off within an entry is refused: %j', (text) => {
    expect(() => parsePropertiesFile(text)).toThrow(
      expect.objectContaining({ line: 2, message: expect.stringContaining('the file ends within this entry') }),
    );
  });

  it('repeats nothing that may be part of a password', () => {
    for (const text of ['hunter2', '="hunter2"', 'a=b\\u12hunter2', ' "hunter2";'])
      expect(() => parsePropertiesFile(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      );
    expect(() => parsePropertiesFile('linger.ms')).toThrow('"linger.ms" without a value');
  });
});
