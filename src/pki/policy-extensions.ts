/** Decoders of the policy extensions: RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14. */
import { tags } from './der-tags.ts';
import { contextPrimitive, DerReader, readSingle } from './der.ts';
import { malformed } from './errors.ts';

/** One policy that a certificate was issued under. */
export interface PolicyInformation {
  /** The policy, as a dotted OID; `oids.anyPolicy` for any. */
  readonly policy: string;
  /** The DER of its qualifiers, or undefined. */
  readonly qualifiers: Uint8Array | undefined;
}

/** Two policies that the issuer holds to be the same. */
export interface PolicyMapping {
  readonly issuerDomainPolicy: string;
  readonly subjectDomainPolicy: string;
}

/** RFC 5280 section 4.2.1.11; numbers count the certificates that may still follow. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | undefined;
  readonly inhibitPolicyMapping: number | undefined;
}

/** RFC 5280 section 4.2.1.4. @throws PkiError `der_malformed` */
export function decodeCertificatePolicies(value: Uint8Array): readonly PolicyInformation[] {
  const sequence = readSingle(value, tags.sequence);
  const policies: PolicyInformation[] = [];
  do policies.push(readPolicyInformation(sequence.read(tags.sequence)));
  while (!sequence.atEnd());
  // Section 4.2.1.4: a policy must not appear more than once.
  if (new Set(policies.map(({ policy }) => policy)).size !== policies.length) {
    throw malformed('A policy appears twice.');
  }
  return policies;
}

function readPolicyInformation(sequence: DerReader): PolicyInformation {
  const policy = sequence.oid();
  if (sequence.atEnd()) return { policy, qualifiers: undefined };
  const qualifiers = sequence.element(tags.sequence);
  sequence.finish();
  const list = new DerReader(qualifiers).read(tags.sequence);
  do {
    const qualifier = list.read(tags.sequence);
    qualifier.oid();
    qualifier.skip();
    qualifier.finish();
  } while (!list.atEnd());
  return { policy, qualifiers };
}

/** RFC 5280 section 4.2.1.5. @throws PkiError `der_malformed` */
export function decodePolicyMappings(value: Uint8Array): readonly PolicyMapping[] {
  const sequence = readSingle(value, tags.sequence);
  const mappings: PolicyMapping[] = [];
  do {
    const mapping = sequence.read(tags.sequence);
    mappings.push({ issuerDomainPolicy: mapping.oid(), subjectDomainPolicy: mapping.oid() });
    mapping.finish();
  } while (!sequence.atEnd());
  return mappings;
}

/** RFC 5280 section 4.2.1.11. @throws PkiError `der_malformed` */
export function decodePolicyConstraints(value: Uint8Array): PolicyConstraints {
  const sequence = readSingle(value, tags.sequence);
  const requireExplicitPolicy = optionalSkipCerts(sequence, 0);
  const inhibitPolicyMapping = optionalSkipCerts(sequence, 1);
  sequence.finish();
  // Section 4.2.1.11: not an empty sequence.
  if (requireExplicitPolicy === undefined && inhibitPolicyMapping === undefined) {
    throw malformed('Policy constraints constrain nothing.');
  }
  return { requireExplicitPolicy, inhibitPolicyMapping };
}

function optionalSkipCerts(sequence: DerReader, number: number): number | undefined {
  const tag = contextPrimitive(number);
  return sequence.peekTag() === tag ? sequence.smallInteger(tag) : undefined;
}

/** RFC 5280 section 4.2.1.14. @throws PkiError `der_malformed` */
export function decodeInhibitAnyPolicy(value: Uint8Array): number {
  const outer = new DerReader(value);
  const skipCerts = outer.smallInteger();
  outer.finish();
  return skipCerts;
}
