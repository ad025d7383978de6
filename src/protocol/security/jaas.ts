/** An entry of a JAAS login configuration: the Java class as it was named, and its options; null when those cannot be read. */
export type LoginModule = { readonly module: string; readonly options: ReadonlyMap<string, string> | null };

/**
 * Reads a JAAS login configuration of one entry (`javax.security.auth.login.Configuration`), as Kafka has them:
 * `org.apache.kafka.common.security.plain.PlainLoginModule required username="..." password="...";`. It is parsed, nothing is
 * loaded or run.
 * @returns null for a text that is no entry; the text holds passwords, and is not to be repeated
 */
export const parseLoginModule = (text: string): LoginModule | null => {
  const match = /^\s*(\S+)\s+(?:required|requisite|sufficient|optional)\b([\s\S]*);\s*$/i.exec(text);
  if (match === null) return null;
  const [, module = '', given = ''] = match;
  const options = new Map<string, string>();
  const rest = given.replace(
    /\s+([^\s="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"';]+))/g,
    (_, key: string, quoted?: string, single?: string, bare?: string) => {
      options.set(key, quoted?.replace(/\\(.)/gs, '$1') ?? single ?? bare ?? '');
      return '';
    },
  );
  return { module, options: rest.trim() === '' ? options : null };
};
