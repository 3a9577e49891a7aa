import { CountersignError, type ErrorDetails } from '../core/index.ts';

/** Codes of {@link VerificationError}: the proof is bad. */
export const verificationErrors = {
  proof_audience_mismatch: 'The proof was made for another server or another endpoint.',
  proof_transaction_mismatch: 'The proof names another transaction than the challenge it answers.',
  proof_nonce_mismatch: 'The proof does not carry the nonce of the challenge it answers.',
  proof_challenge_mismatch:
    'The proof was made for another challenge: its cth is not this one’s hash.',
  proof_algorithm_not_offered:
    'The proof is signed with an algorithm that the challenge did not offer.',
  proof_algorithm_mismatch: 'The proof’s algorithm does not fit the key in its certificate.',
  proof_certificate_unreadable: 'A certificate in the proof’s x5c cannot be read.',
  proof_thumbprint_mismatch: 'The proof’s x5t#S256 is not the hash of its first certificate.',
  proof_signature_invalid: 'The proof’s signature was not made with the key in its certificate.',
  proof_origin_mismatch: 'The proof names a web origin that may not deliver this challenge.',
  challenge_not_pending:
    'No challenge with this nonce waits for a proof: it was answered, is over, or never was; start again.',
  platform_not_enabled:
    'Devices of this operating system do not count as managed here; an administrator can add the platform.',
  authority_not_for_platform:
    'The certificate’s authority does not count for this operating system; an administrator can change that.',
  certificate_is_authority:
    'The device’s certificate is itself a certificate authority; devices need end-entity certificates.',
} as const;

/** One of {@link verificationErrors}' codes. */
export type VerificationErrorCode = keyof typeof verificationErrors;

/** The proof is bad. */
export class VerificationError extends CountersignError<VerificationErrorCode> {
  constructor(code: VerificationErrorCode, details?: ErrorDetails) {
    super(code, verificationErrors, details);
  }
}
