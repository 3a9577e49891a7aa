/** Signature checks of one search: each made once, all counted, none without the policy's leave. */
import { bytesEqual } from '../core/index.ts';
import type { AlgorithmIdentifier } from './algorithm-identifier.ts';
import {
  type AlgorithmPolicy,
  keyObjection,
  schemeFitsKey,
  schemeObjection,
} from './algorithm-policy.ts';
import type { PathRuleCode } from './path-rules.ts';
import type { PublicKey } from './public-key.ts';
import type { SignatureChecker } from './signature-checker.ts';
import { signatureSchemeOf } from './signature-scheme.ts';
import type { WorkBudget } from './work-budget.ts';

/** What certificates, CRLs and OCSP responses have in common. */
export interface SignedObject {
  readonly tbsDer: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
}

/** Why a signature does not count. */
export interface SignatureObjection {
  readonly code: Extract<
    PathRuleCode,
    | 'signature_invalid'
    | 'signature_algorithm_not_allowed'
    | 'signature_algorithm_mismatch'
    | 'public_key_not_allowed'
    | 'too_many_signatures'
  >;
  readonly detail?: string | undefined;
}

interface CheckedSignature {
  readonly key: Uint8Array;
  readonly valid: boolean;
}

/** See the head of this file. */
export class SignatureSession {
  private readonly checker: SignatureChecker;
  private readonly budget: WorkBudget;
  private readonly checked = new Map<SignedObject, CheckedSignature[]>();

  constructor(checker: SignatureChecker, budget: WorkBudget) {
    this.checker = checker;
    this.budget = budget;
  }

  /**
   * Checks algorithm, key and signature, in this order.
   *
   * @param policy - undefined where the trust anchor, and with it the policy, is not known yet
   * @returns why the signature does not count, or undefined where it does
   */
  async objection(
    signed: SignedObject,
    key: PublicKey,
    policy: AlgorithmPolicy | undefined,
  ): Promise<SignatureObjection | undefined> {
    const scheme = signatureSchemeOf(signed.signatureAlgorithm);
    if (scheme === undefined) {
      const detail = `It is ${signed.signatureAlgorithm.oid}, or has unknown parameters.`;
      return { code: 'signature_algorithm_not_allowed', detail };
    }
    if (!schemeFitsKey(scheme, key)) return { code: 'signature_algorithm_mismatch' };
    if (policy !== undefined) {
      const schemeReason = schemeObjection(scheme, policy);
      if (schemeReason !== undefined) {
        return { code: 'signature_algorithm_not_allowed', detail: `Here ${schemeReason}.` };
      }
      const keyReason = keyObjection(key, policy);
      if (keyReason !== undefined) {
        return { code: 'public_key_not_allowed', detail: `Of the issuer’s: ${keyReason}.` };
      }
    }
    const known = this.checked.get(signed)?.find((entry) => bytesEqual(entry.key, key.der));
    if (known !== undefined) return known.valid ? undefined : { code: 'signature_invalid' };
    if (!this.budget.spendSignature()) return { code: 'too_many_signatures' };
    const { tbsDer: message, signature } = signed;
    const answer = this.checker.verify({ scheme, publicKey: key, message, signature });
    const valid = typeof answer === 'boolean' ? answer : await answer;
    const entries = this.checked.get(signed);
    if (entries === undefined) this.checked.set(signed, [{ key: key.der, valid }]);
    else entries.push({ key: key.der, valid });
    return valid ? undefined : { code: 'signature_invalid' };
  }
}
