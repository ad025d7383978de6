/** Command lines that people write for a tool of theirs: words as a shell would part them, with places that are filled in. */

/** A command line that cannot be used; the message is one line that says what is wrong with it. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/**
 * Parts a command line into words by blanks; quotes and backslashes keep what they enclose together, as in a POSIX shell. Nothing else
 * is special: no shell reads it.
 * @throws CommandLineError for a quote that is not closed, and for no word at all.
 */
export const splitCommandLine = (text: string): readonly string[] => {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote === "'" ? char === "'" : quote !== '' && char === quote) quote = '';
    else if (char === '\\' && quote !== "'" && at + 1 < text.length) {
      at++;
      word = (word ?? '') + text.charAt(at);
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (quote === '' && /\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') throw new CommandLineError(`a quote (${quote}) is not closed in ${JSON.stringify(text)}`);
  if (word !== null) words.push(word);
  if (words.length === 0) throw new CommandLineError('it names no program');
  return words;
};

/** What can be filled in, by the name that stands between braces. */
export type Places = Readonly<Record<string, string>>;

/**
 * Puts values into the places (`{topic}`) of words.
 * @param why says of a name that nothing stands for what to write instead, for the error.
 * @throws CommandLineError for a place that is not known.
 */
export const fillPlaces = (
  words: readonly string[],
  places: Places,
  why: (name: string) => string,
): readonly string[] =>
  words.map((word) =>
    word.replaceAll(/\{([A-Za-z][A-Za-z.-]*)\}/g, (_, name: string) => {
      const value = Object.hasOwn(places, name) ? places[name] : undefined;
      if (value !== undefined) return value;
      throw new CommandLineError(`{${name}} is not filled in; ${why(name)}`);
    }),
  );
