/** Client properties as files for other people's clients: what stands on a command line is there for everybody to read. */

type Properties = Readonly<Record<string, string>>;

/** Java reads such files as Latin-1: what is beyond ASCII is written as UTF-16 units (`\uXXXX`). */
const escapeJava = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(/^[ #!]/, (char) => `\\${char}`)
    .replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A `.properties` file as java.util.Properties reads it. */
export const javaProperties = (properties: Properties): string =>
  Object.entries(properties)
    .map(([name, value]) => `${escapeJava(name).replaceAll(/[=: ]/g, '\\$&')}=${escapeJava(value)}\n`)
    .join('');

/** A file of plain lines, as librdkafka's programs read it (`-X file=`). */
export const plainProperties = (properties: Properties): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
