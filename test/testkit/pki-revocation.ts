/** Revocation inputs of tests: material that is simply there. */
import {
  defaultRevocationSettings,
  parseCertificate,
  parseCrl,
  parseOcspResponse,
  type RevocationInputs,
  type RevocationSettings,
} from '../../src/pki/index.ts';
import { nodeHash } from './pki-pkits.ts';

/** Material, as DER, and settings that are not the default. */
export interface RevocationMaterial {
  readonly crls?: readonly Uint8Array[];
  readonly ocsp?: readonly Uint8Array[];
  /** The nonce that every OCSP response was asked with. */
  readonly nonce?: Uint8Array;
  readonly crlIssuers?: readonly Uint8Array[];
  readonly settings?: Partial<RevocationSettings>;
}

/** Hands out the material for every certificate; origins are `crl 0`, `ocsp 0` and so on. */
export function revocation(material: RevocationMaterial): RevocationInputs {
  const { crls = [], ocsp = [], nonce, crlIssuers = [], settings } = material;
  const availableCrls = crls.map((crl, i) => ({ crl: parseCrl(crl), origin: `crl ${i}` }));
  const responses = ocsp.map((der, i) => ({
    response: parseOcspResponse(der),
    origin: `ocsp ${i}`,
    nonce,
  }));
  return {
    source: { crlsFor: () => availableCrls, ocspResponsesFor: () => responses },
    settings: { ...defaultRevocationSettings, ...settings },
    crlIssuers: crlIssuers.map((certificate) => parseCertificate(certificate)),
    hash: nodeHash,
  };
}
