import { createRequire } from 'node:module';
import type forge from 'node-forge';
import { PropertyError } from '../properties/property.ts';

const requireFromHere = createRequire(import.meta.url);

/**
 * The certificates of a PKCS12 file (RFC 7292) as PEM: Node reads such files only when they hold a private key, and a truststore
 * holds none. Loads node-forge when it is called, and only then.
 * @throws PropertyError (without the password) for a wrong password and a file that is none.
 */
export const pkcs12Certificates = (name: string, bytes: Buffer, password: string | null): readonly string[] => {
  // The package is CommonJS and large: most clients never need it.
  const { asn1, pki, pkcs12, util } = requireFromHere('node-forge') as typeof forge;
  let bags: forge.pkcs12.Bag[];
  try {
    const file = pkcs12.pkcs12FromAsn1(
      asn1.fromDer(util.createBuffer(bytes.toString('latin1'))),
      false,
      password ?? '',
    );
    const type = pki.oids.certBag ?? '';
    bags = file.getBags({ bagType: type })[type] ?? [];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const isPassword = /password|mac could not be verified/i.test(text);
    const reason = isPassword
      ? `its password ${password === null ? 'is missing' : 'is another one'}; look at ${name.replace('location', 'password')}`
      : `it is no PKCS12 or PEM file (${text})`;
    throw new PropertyError(name, `${name} cannot be read: ${reason}`);
  }
  const certificates = bags.map((bag) => {
    // forge parses certificates with RSA keys; of the others it keeps the structure.
    const structure = bag.cert ? pki.certificateToAsn1(bag.cert) : bag.asn1;
    return pemOf(Buffer.from(asn1.toDer(structure).getBytes(), 'latin1'));
  });
  if (certificates.length > 0) return certificates;
  throw new PropertyError(name, `${name} holds no certificate; add one with keytool -importcert`);
};

const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
