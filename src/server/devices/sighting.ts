/** What a good proof shows of a machine, in the inventory's terms. Pure. */
import { createHash } from 'node:crypto';
import { formatName, serialNumberHex, type Certificate } from '../../pki/index.ts';
import type { ProofEvidence } from '../../verifier/index.ts';
import type { DeviceCertificate, DeviceClaims } from '../storage/index.ts';

/** A certificate that was seen, before it is known whose it is. */
export type SeenCertificate = Omit<DeviceCertificate, 'device'>;

/** What one proof shows. */
export interface Sighting {
  readonly at: Date;
  /** The agent's own words. */
  readonly claims: DeviceClaims;
  readonly certificate: SeenCertificate;
}

/** What a proof shows, seen at a moment. */
export function sightingOf(evidence: ProofEvidence, at: Date): Sighting {
  const { certificate, certificateSha256, authority, proof } = evidence;
  const { device, key } = proof;
  return {
    at,
    claims: {
      platform: device.platform,
      osVersion: device.osVersion,
      hostname: device.hostname,
      serial: device.serial,
      agentVersion: proof.agentVersion,
      agentInstance: proof.agentInstance,
      keyStore: key.store,
      keyProtection: key.protection,
    },
    certificate: {
      sha256: certificateSha256,
      publicKeySha256: createHash('sha256').update(certificate.publicKey.der).digest('hex'),
      subject: subjectText(certificate),
      issuer: formatName(certificate.issuer),
      serialNumber: serialNumberHex(certificate),
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      authority,
      firstSeenAt: at,
      lastSeenAt: at,
    },
  };
}

/** The subject; of a certificate without one, its alternative names (RFC 5280 section 4.2.1.6). */
function subjectText({ subject, subjectAlternativeName = [] }: Certificate): string {
  const name = formatName(subject);
  if (name !== '') return name;
  const texts = subjectAlternativeName.map((alternative) => {
    if (alternative.form === 'directoryName') return formatName(alternative.value);
    const { form, value } = alternative;
    return `${form}:${typeof value === 'string' ? value : Buffer.from(value).toString('hex')}`;
  });
  return texts.join(',');
}
