/** Files that people take for a CA certificate, one of each kind. */
import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';
import { der, derOid, pem, TestCa } from '../../../testkit/test-ca.ts';

export const root = TestCa.root({ commonName: 'Files Root' });
export const issuing = root.issueCa({ commonName: 'Files Issuing' });
export const leaf = issuing.issue({ commonName: 'device' });

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encryption = { cipher: 'aes-256-cbc', passphrase: 'secret' } as const;

function forgeDer(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary');
}

function makeForgeIdentity() {
  const keys = {
    privateKey: forge.pki.privateKeyFromPem(
      rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    ),
    publicKey: forge.pki.publicKeyFromPem(
      rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ),
  };
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = '01';
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return { ...keys, certificate };
}

const identity = makeForgeIdentity();

function makePkcs7(): Buffer {
  const signedData = forge.pkcs7.createSignedData();
  signedData.addCertificate(identity.certificate);
  return forgeDer(signedData.toAsn1());
}

function makePkcs12(): Buffer {
  const { privateKey, certificate } = identity;
  return forgeDer(forge.pkcs12.toPkcs12Asn1(privateKey, [certificate], 'secret', { count: 1 }));
}

function makeRequest(): Buffer {
  const request = forge.pki.createCertificationRequest();
  request.publicKey = identity.publicKey;
  request.setSubject([{ name: 'commonName', value: 'device' }]);
  request.sign(identity.privateKey, forge.md.sha256.create());
  return forgeDer(forge.pki.certificationRequestToAsn1(request));
}

const ecdsaWithSha256 = der(0x30, derOid('1.2.840.10045.4.3.2'));
const name = der(0x30, der(0x31, der(0x30, derOid('2.5.4.3'), der(0x0c, Buffer.from('CA')))));
const time = der(0x17, Buffer.from('260301120000Z'));

/** A CRL's form (RFC 5280 section 5.1), version 1 or 2; nobody checks its signature here. */
function makeCrl(version: Buffer): Buffer {
  const tbs = der(0x30, version, ecdsaWithSha256, name, time);
  return der(0x30, tbs, ecdsaWithSha256, der(0x03, Buffer.of(0, 1)));
}

/** A PKCS#7 bundle in BER, with indefinite lengths, as some programs export it. */
function makeBerPkcs7(): Buffer {
  return Buffer.concat([
    Buffer.of(0x30, 0x80),
    derOid('1.2.840.113549.1.7.2'),
    Buffer.of(0xa0, 0x80, 0x30, 0x80, 0, 0, 0, 0, 0, 0),
  ]);
}

const keyDer = (key: typeof rsa.privateKey, type: 'pkcs1' | 'pkcs8' | 'sec1'): Buffer =>
  key.export({ type, format: 'der' });
const traditional = rsa.privateKey.export({ type: 'pkcs1', format: 'pem', ...encryption });
const encryptedPkcs8 = { type: 'pkcs8', format: 'der', ...encryption } as const;

/** Files by what they are, with the code that each is refused with. */
export const refusedFiles: Readonly<Record<string, readonly [code: string, file: Buffer]>> = {
  'an empty file': ['ca_file_empty', Buffer.alloc(0)],
  'white space': ['ca_file_empty', Buffer.from(' \r\n\t\n')],
  'a file over 1 MiB': ['ca_file_too_large', Buffer.alloc((1 << 20) + 1, 0x30)],
  'ten megabytes': ['ca_file_too_large', Buffer.alloc(10 << 20, 0x2d)],
  '65 certificates': [
    'ca_file_too_large',
    Buffer.from(Array.from({ length: 65 }, () => root.certificate.pem).join('')),
  ],
  '65 DER certificates': [
    'ca_file_too_large',
    Buffer.concat(Array.from({ length: 65 }, () => root.certificate.der)),
  ],
  prose: ['ca_file_unrecognized', Buffer.from('This is our certificate, see attachment.')],
  'random bytes': ['ca_file_unrecognized', Buffer.from('f3a94c1700ff81237e', 'hex')],
  'an image': ['ca_file_unrecognized', Buffer.from('89504e470d0a1a0a0000000d', 'hex')],
  'another DER sequence': ['ca_file_unrecognized', der(0x30, der(0x0c, Buffer.from('hello')))],
  'a PEM of an unknown label': ['ca_file_unrecognized', Buffer.from(pem('DH PARAMETERS', name))],
  'PKCS#7 in DER': ['ca_file_pkcs7', makePkcs7()],
  'PKCS#7 in BER': ['ca_file_pkcs7', makeBerPkcs7()],
  'PKCS#7 in PEM': ['ca_file_pkcs7', Buffer.from(pem('PKCS7', makePkcs7()))],
  'PKCS#7 under a certificate’s label': [
    'ca_file_pkcs7',
    Buffer.from(pem('CERTIFICATE', makePkcs7())),
  ],
  'PKCS#7 in bare base64': ['ca_file_pkcs7', Buffer.from(makePkcs7().toString('base64'))],
  'PKCS#12': ['ca_file_pkcs12', makePkcs12()],
  'a Java key store': ['ca_file_keystore', Buffer.from('feedfeed00000002', 'hex')],
  'a PKCS#8 key': ['ca_file_private_key', keyDer(rsa.privateKey, 'pkcs8')],
  'a PKCS#1 key': ['ca_file_private_key', keyDer(rsa.privateKey, 'pkcs1')],
  'a SEC1 key': ['ca_file_private_key', keyDer(ec.privateKey, 'sec1')],
  'an encrypted PKCS#8 key': ['ca_file_private_key', rsa.privateKey.export(encryptedPkcs8)],
  'a PEM key': ['ca_file_private_key', Buffer.from(root.certificate.keyPem)],
  'an old encrypted PEM key': ['ca_file_private_key', Buffer.from(traditional)],
  'a certificate followed by a key': [
    'ca_file_private_key',
    Buffer.from(root.certificate.pem + root.certificate.keyPem),
  ],
  'a request followed by its key': [
    'ca_file_private_key',
    Buffer.from(pem('CERTIFICATE REQUEST', makeRequest()) + root.certificate.keyPem),
  ],
  'a DER certificate followed by a key': [
    'ca_file_private_key',
    Buffer.concat([root.certificate.der, keyDer(ec.privateKey, 'pkcs8')]),
  ],
  'a key under a certificate’s label': [
    'ca_file_private_key',
    Buffer.from(pem('CERTIFICATE', keyDer(ec.privateKey, 'pkcs8'))),
  ],
  'a public key': ['ca_file_public_key', ec.publicKey.export({ type: 'spki', format: 'der' })],
  'a PEM public key': [
    'ca_file_public_key',
    Buffer.from(ec.publicKey.export({ type: 'spki', format: 'pem' })),
  ],
  'a PKCS#1 public key': [
    'ca_file_public_key',
    rsa.publicKey.export({ type: 'pkcs1', format: 'der' }),
  ],
  'a request': ['ca_file_request', makeRequest()],
  'a PEM request': ['ca_file_request', Buffer.from(pem('CERTIFICATE REQUEST', makeRequest()))],
  'a version 2 CRL': ['ca_file_crl', makeCrl(der(0x02, Buffer.of(1)))],
  'a version 1 CRL': ['ca_file_crl', makeCrl(Buffer.alloc(0))],
  'a PEM CRL': ['ca_file_crl', Buffer.from(pem('X509 CRL', makeCrl(Buffer.alloc(0))))],
  'OpenSSL’s trusted form': [
    'ca_file_trusted_certificate',
    Buffer.from(pem('TRUSTED CERTIFICATE', root.certificate.der)),
  ],
  'base64 without PEM lines': [
    'ca_file_bare_base64',
    Buffer.from(root.certificate.der.toString('base64').replace(/.{64}/g, '$&\n')),
  ],
  'the same certificate twice': [
    'ca_file_duplicate',
    Buffer.from(root.certificate.pem + issuing.certificate.pem + root.certificate.pem),
  ],
  'a certificate that is cut off': ['ca_file_malformed', root.certificate.der.subarray(0, -1)],
  'a PEM that is cut off': ['ca_file_malformed', Buffer.from(root.certificate.pem.slice(0, -20))],
  'a PEM with a broken line': [
    'ca_file_malformed',
    Buffer.from(root.certificate.pem.replace(/\n(.)/, '\n!$1')),
  ],
  'a certificate with a changed length': [
    'ca_file_malformed',
    Buffer.from(root.certificate.der).fill(0xff, 30, 34),
  ],
};
