export type { AlgorithmIdentifier } from './algorithm-identifier.ts';
export {
  keyUsages,
  type AccessDescription,
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  type KeyUsage,
} from './certificate-extensions.ts';
export { parseCertificate, serialNumberHex, type Certificate } from './certificate.ts';
export type {
  DistributionPoint,
  DistributionPointName,
  ReasonFlags,
} from './distribution-point.ts';
export { PkiError, pkiErrors, type PkiErrorCode } from './errors.ts';
export type { Extension } from './extension.ts';
export type { GeneralName, GeneralNameForm } from './general-name.ts';
export type { NameConstraints } from './name-constraints-extension.ts';
export {
  formatName,
  namesEqual,
  type Name,
  type NameAttribute,
  type RelativeDistinguishedName,
} from './name.ts';
export { oids } from './object-identifiers.ts';
export { encodePem, parsePem, type PemBlock, type PemLimits } from './pem.ts';
export type { PolicyConstraints, PolicyInformation, PolicyMapping } from './policy-extensions.ts';
export {
  parsePublicKey,
  signatureAlgorithmsFor,
  type Curve,
  type PublicKey,
  type PublicKeyKind,
} from './public-key.ts';
