/** The rules that can refuse a certification path: each with its code, its place and a sentence. */

/** A rule of path building, path validation or revocation checking. */
export interface PathRule {
  /** Where the rule stands. */
  readonly reference: string;
  /** What is wrong, for people, and where it helps what to do. */
  readonly sentence: string;
}

/** Every rule by its stable code. */
export const pathRules = {
  // Building
  no_issuer_found: {
    reference: 'RFC 5280 section 6.1',
    sentence: 'No trusted CA and no offered certificate bears the name of the issuer.',
  },
  path_loop: {
    reference: 'RFC 4158 section 2.4.2',
    sentence: 'The only issuers at hand are already in the path: the CAs certify each other.',
  },
  path_too_deep: {
    reference: 'limit of this validator',
    sentence: 'The path has more certificates than this validator follows.',
  },
  too_many_certificates: {
    reference: 'limit of this validator',
    sentence: 'More certificates were offered than this validator looks at.',
  },
  too_many_paths: {
    reference: 'limit of this validator',
    sentence: 'There are more candidate paths than this validator tries.',
  },
  too_many_signatures: {
    reference: 'limit of this validator',
    sentence: 'The candidate paths need more signature checks than this validator makes.',
  },
  too_many_name_comparisons: {
    reference: 'limit of this validator',
    sentence: 'The name constraints need more comparisons than this validator makes.',
  },
  too_many_policies: {
    reference: 'limit of this validator',
    sentence: 'The certificate policies need more work than this validator does.',
  },
  target_is_trust_anchor: {
    reference: 'RFC 5280 section 6.1',
    sentence:
      'The certificate is itself a trusted CA, and a path from it to itself proves nothing.',
  },
  // Trust anchor
  anchor_not_yet_valid: {
    reference: 'RFC 5280 section 4.1.2.5, applied to the trust anchor',
    sentence: 'The trusted CA certificate is not valid yet.',
  },
  anchor_expired: {
    reference: 'RFC 5280 section 4.1.2.5, applied to the trust anchor',
    sentence: 'The trusted CA certificate has expired; upload its successor.',
  },
  anchor_not_ca: {
    reference: 'RFC 5280 section 6.1.4 (k), (n), applied to the trust anchor',
    sentence: 'The trusted certificate is not one of a CA that may issue certificates.',
  },
  anchor_unknown_critical_extension: {
    reference: 'RFC 5280 section 6.1.4 (o), applied to the trust anchor',
    sentence: 'The trusted CA certificate has a critical extension that is not understood.',
  },
  // Basic certificate processing
  signature_invalid: {
    reference: 'RFC 5280 section 6.1.3 (a)(1)',
    sentence: 'The signature does not verify with the issuer’s key.',
  },
  signature_algorithm_not_allowed: {
    reference: 'RFC 5280 section 6.1.3 (a)(1)',
    sentence: 'The signature algorithm is not one that is accepted here.',
  },
  signature_algorithm_mismatch: {
    reference: 'RFC 5280 section 6.1.3 (a)(1)',
    sentence: 'The signature algorithm does not fit the issuer’s key.',
  },
  public_key_not_allowed: {
    reference: 'RFC 5280 section 4.1.2.7',
    sentence: 'The public key is of a kind or size that is not accepted here.',
  },
  certificate_not_yet_valid: {
    reference: 'RFC 5280 section 6.1.3 (a)(2)',
    sentence: 'The certificate is not valid yet.',
  },
  certificate_expired: {
    reference: 'RFC 5280 section 6.1.3 (a)(2)',
    sentence: 'The certificate has expired.',
  },
  certificate_revoked: {
    reference: 'RFC 5280 section 6.1.3 (a)(3)',
    sentence: 'The certificate has been revoked.',
  },
  revocation_status_unknown: {
    reference: 'RFC 5280 section 6.1.3 (a)(3)',
    sentence: 'Whether the certificate has been revoked cannot be found out.',
  },
  issuer_name_mismatch: {
    reference: 'RFC 5280 section 6.1.3 (a)(4)',
    sentence: 'The issuer’s name is not the name of the CA above.',
  },
  name_not_permitted: {
    reference: 'RFC 5280 section 6.1.3 (b)',
    sentence: 'A name in the certificate is outside of what a CA above is permitted to issue for.',
  },
  name_excluded: {
    reference: 'RFC 5280 section 6.1.3 (c)',
    sentence: 'A name in the certificate is among those that a CA above must not issue for.',
  },
  name_constraint_unsupported: {
    reference: 'RFC 5280 section 4.2.1.10',
    sentence: 'A CA above constrains a form of name that cannot be compared.',
  },
  no_acceptable_policy: {
    reference: 'RFC 5280 section 6.1.3 (f) and 6.1.5 (g), as updated by RFC 9618',
    sentence: 'An explicit policy is required and the path is valid under none that is accepted.',
  },
  // Preparation for the next certificate
  any_policy_mapped: {
    reference: 'RFC 5280 section 6.1.4 (a)',
    sentence: 'A CA maps anyPolicy, which must not be mapped.',
  },
  not_a_ca: {
    reference: 'RFC 5280 section 6.1.4 (k)',
    sentence: 'A certificate was issued by one that is not a CA’s.',
  },
  path_length_exceeded: {
    reference: 'RFC 5280 section 6.1.4 (l), (m)',
    sentence: 'There are more CAs below a CA than its path length allows.',
  },
  key_usage_without_cert_sign: {
    reference: 'RFC 5280 section 6.1.4 (n)',
    sentence: 'The key of a CA is not for signing certificates.',
  },
  unknown_critical_extension: {
    reference: 'RFC 5280 section 6.1.4 (o) and 6.1.5 (f)',
    sentence: 'The certificate has a critical extension that is not understood.',
  },
  // Purpose
  key_usage_not_allowed: {
    reference: 'RFC 5280 section 4.2.1.3',
    sentence: 'The certificate’s key is not for this use.',
  },
  purpose_not_allowed: {
    reference: 'RFC 5280 section 4.2.1.12',
    sentence: 'The certificate, or a CA above it, is not for this purpose.',
  },
} as const satisfies Readonly<Record<string, PathRule>>;

/** One of {@link pathRules}' codes. */
export type PathRuleCode = keyof typeof pathRules;

/** Why a path was refused. */
export interface PathFailure {
  readonly code: PathRuleCode;
  /** Where the broken rule stands. */
  readonly reference: string;
  /** The rule's sentence, followed by what was found. */
  readonly message: string;
  /**
   * Which certificate broke it: 0 is the target, 1 its issuer and so on; the number of certificates
   * in the path stands for the trust anchor.
   */
  readonly certificateIndex: number;
}

/** Makes a {@link PathFailure}. */
export function pathFailure(
  code: PathRuleCode,
  certificateIndex: number,
  detail?: string,
): PathFailure {
  const { reference, sentence } = pathRules[code];
  const message = detail === undefined ? sentence : `${sentence} ${detail}`;
  return { code, reference, message, certificateIndex };
}
