import { X509Certificate } from 'node:crypto';

/** First bytes of a Java keystore (JKS). */
const JKS_MAGIC = 0xfeedfeed;

/** What a keystore or truststore file holds, by its first bytes. PKCS12 is what is neither PEM nor JKS. */
export const keystoreKind = (bytes: Buffer): 'PEM' | 'JKS' | 'PKCS12' => {
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === JKS_MAGIC) return 'JKS';
  return bytes.includes('-----BEGIN ') ? 'PEM' : 'PKCS12';
};

/** PEM blocks of one kind (RFC 7468); in a settings file they stand on one line, with blanks or `\n` where the lines ended. */
const blocksOf = (text: string, kind: string): string[] =>
  Array.from(text.matchAll(new RegExp(`-----BEGIN (${kind})-----([\\s\\S]+?)-----END \\1-----`, 'g')), (match) => {
    const [, name = '', body = ''] = match;
    // A key in the older form has lines of "Name: value" before its base64, which must stay lines.
    if (body.includes(':')) return `-----BEGIN ${name}-----${body}-----END ${name}-----\n`;
    const base64 = body.replaceAll('\\n', '').replace(/\s+/g, '');
    return `-----BEGIN ${name}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${name}-----\n`;
  });

/** All certificates of a PEM text, as PEM; none when there is none. Throws OpenSSL's error for one that cannot be read. */
export const pemCertificates = (text: string): readonly string[] => {
  const blocks = blocksOf(text, 'CERTIFICATE');
  for (const block of blocks) new X509Certificate(block);
  return blocks;
};

/** The first private key of a PEM text, as PEM, encrypted ones too; null when there is none. */
export const pemPrivateKey = (text: string): string | null => blocksOf(text, '(?:[A-Z]+ )*PRIVATE KEY')[0] ?? null;
