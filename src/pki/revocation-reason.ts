import { malformed } from './errors.ts';

/** The reasons of RFC 5280 section 5.3.1. */
export type RevocationReason =
  | 'unspecified'
  | 'keyCompromise'
  | 'cACompromise'
  | 'affiliationChanged'
  | 'superseded'
  | 'cessationOfOperation'
  | 'certificateHold'
  | 'removeFromCRL'
  | 'privilegeWithdrawn'
  | 'aACompromise';

const reasonCodes: readonly (RevocationReason | undefined)[] = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
];

/** @throws PkiError `der_malformed` for a code that RFC 5280 section 5.3.1 does not define */
export function reasonFromCode(code: number): RevocationReason {
  const reason = reasonCodes[code];
  if (reason === undefined) throw malformed('A revocation reason is not defined.');
  return reason;
}
