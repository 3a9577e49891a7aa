import { createHash } from 'node:crypto';
import { formatName, serialNumberHex, type Certificate, type PublicKey } from '../pki/index.ts';
import type { CertificateSummary } from '../protocol/index.ts';

/** Describes a certificate as people recognise it. */
export function summarizeCertificate(certificate: Certificate): CertificateSummary {
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    serialNumber: serialNumberHex(certificate),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    sha256: createHash('sha256').update(certificate.der).digest('hex'),
    publicKey: describePublicKey(certificate.publicKey),
  };
}

function describePublicKey({ kind, bits, curve }: PublicKey): string {
  switch (kind) {
    case 'rsa':
      return `RSA ${bits}`;
    case 'rsa-pss':
      return `RSA-PSS ${bits}`;
    case 'ec':
      return curve === undefined ? 'EC, unknown curve' : `EC ${curve}`;
    case 'ed25519':
      return 'Ed25519';
    case 'dsa':
      return `DSA ${bits}`;
    case 'unknown':
      return 'unknown';
  }
}
