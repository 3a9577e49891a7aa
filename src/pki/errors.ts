import { CountersignError, type ErrorDetails } from '../core/index.ts';

/** Codes of {@link PkiError}: input that cannot be read at all. */
export const pkiErrors = {
  der_malformed: 'The bytes are not strict DER (X.690); export the object again in DER form.',
  input_too_large: 'The object is larger than allowed here.',
  certificate_malformed: 'This is not a certificate that RFC 5280 allows.',
  extension_malformed:
    'A certificate or CRL extension does not have the form that RFC 5280 gives it.',
  extension_duplicate: 'A certificate or CRL has the same extension twice.',
  public_key_malformed: 'The public key in the certificate cannot be read.',
  crl_malformed: 'This is not a certificate revocation list that RFC 5280 allows.',
  ocsp_response_malformed: 'This is not an OCSP response that RFC 6960 allows.',
  pem_malformed: 'The text is not PEM (RFC 7468); nothing but base64 may stand between its lines.',
} as const;

/** One of {@link pkiErrors}' codes. */
export type PkiErrorCode = keyof typeof pkiErrors;

/** Thrown by every parser of this layer, and by nothing but the parsers. */
export class PkiError extends CountersignError<PkiErrorCode> {
  constructor(code: PkiErrorCode, details?: ErrorDetails) {
    super(code, pkiErrors, details);
  }
}

/**
 * Runs a parser and renames its DER errors, so that the caller learns which object was bad.
 *
 * @param code - what a `der_malformed` inside becomes
 * @param what - the object's name, put before the reason
 * @param parse - the parser
 * @throws {@link PkiError}
 */
export function parsingAs<T>(code: PkiErrorCode, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PkiError) || error.code !== 'der_malformed') throw error;
    throw new PkiError(code, { message: `${what}: ${error.message}`, cause: error });
  }
}

/** Makes the error that every violation of DER is reported with. */
export function malformed(message: string): PkiError {
  return new PkiError('der_malformed', { message });
}
