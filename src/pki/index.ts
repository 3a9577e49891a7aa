export type { AlgorithmIdentifier } from './algorithm-identifier.ts';
export {
  keyUsages,
  type AccessDescription,
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  type KeyUsage,
} from './certificate-extensions.ts';
export { parseCertificate, serialNumberHex, type Certificate } from './certificate.ts';
export { encodeElement, encodeOid } from './der-writer.ts';
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
export { defaultAlgorithmPolicy, type AlgorithmPolicy } from './algorithm-policy.ts';
export type { CrlEntry } from './crl-entries.ts';
export { compareCrlNumbers, parseCrl, type Crl, type IssuingDistributionPoint } from './crl.ts';
export { encodeOcspRequest, type OcspRequestInputs } from './ocsp-request.ts';
export {
  parseOcspResponse,
  type BasicOcspResponse,
  type CertId,
  type OcspCertStatus,
  type OcspResponse,
  type OcspResponseStatus,
  type ResponderId,
  type SingleOcspResponse,
} from './ocsp-response.ts';
export { findCertificationPath } from './path-building.ts';
export type {
  CertificationPath,
  PathAttempt,
  PathRequest,
  PathResult,
  PolicyInputs,
} from './path-request.ts';
export { pathRules, type PathFailure, type PathRule, type PathRuleCode } from './path-rules.ts';
export type { PathPolicies } from './policy-graph.ts';
export {
  defaultRevocationSettings,
  type AvailableCrl,
  type AvailableOcspResponse,
  type CertificateRevocation,
  type HashFunction,
  type OcspHash,
  type RevocationEvidence,
  type RevocationInputs,
  type RevocationMethod,
  type RevocationQuery,
  type RevocationRefusal,
  type RevocationSettings,
  type RevocationSource,
} from './revocation-settings.ts';
export type { RevocationReason } from './revocation-reason.ts';
export {
  rememberSignatures,
  type SignatureChecker,
  type SignatureRequest,
} from './signature-checker.ts';
export {
  signatureSchemeOf,
  type SignatureFamily,
  type SignatureHash,
  type SignatureScheme,
} from './signature-scheme.ts';
export {
  trustAnchorFromCertificate,
  type TrustAnchor,
  type TrustAnchorSettings,
} from './trust-anchor.ts';
export { defaultPathLimits, type PathLimits } from './work-budget.ts';
