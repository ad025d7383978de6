/** How many of the first bytes of an answer are looked at. */
export const LOOKED_AT_BYTES = 16;

/** Content types of TLS records that answer a plain-text request: alert and handshake (RFC 8446, section 5.1). */
const TLS_ALERT = 0x15;
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR_VERSION = 3;

/** What answers in place of a Kafka broker, by the first bytes of its answer, and what to do; one line. */
export const describeOtherProtocol = (first: Buffer): string => {
  const text = first.toString('latin1');
  if (text.startsWith('HTTP/')) return 'it answers like an HTTP server; check the port';
  if ((first[0] === TLS_ALERT || first[0] === TLS_HANDSHAKE) && first[1] === TLS_MAJOR_VERSION)
    return 'it answers in TLS; set security.protocol=SSL or SASL_SSL, or give the address of a listener without encryption';
  if (/^[\x20-\x7e\r\n\t]{4,}$/.test(text)) return `it answers ${JSON.stringify(text.trimEnd())}; check the port`;
  return `its answer begins with the bytes ${first.toString('hex')}; check the port`;
};
