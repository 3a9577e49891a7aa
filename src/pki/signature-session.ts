/** Signature checks of one search: each made once, all counted, none without the policy's leave. */
import { bytesEqual } from '../core/index.ts';
import {
  type AlgorithmPolicy,
  keyObjection,
  schemeFitsKey,
  schemeObjection,
} from './algorithm-policy.ts';
import type { PathRuleCode } from './path-rules.ts';
import type { PublicKey } from './public-key.ts';
import type { SignatureChecker } from './signature-checker.ts';
import { type SignatureScheme, signatureSchemeOf } from './signature-scheme.ts';
import type { SignedObject } from './signed-object.ts';
import type { WorkBudget } from './work-budget.ts';

/** No key beyond this is ever tried, whatever policies may say: the cost grows with its square. */
const largestKeyBits = 16_384;

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
  objection(
    signed: SignedObject,
    key: PublicKey,
    policy: AlgorithmPolicy | undefined,
  ): SignatureObjection | undefined | Promise<SignatureObjection | undefined> {
    const scheme = signatureSchemeOf(signed.signatureAlgorithm);
    if (scheme === undefined) {
      const detail = `It is ${signed.signatureAlgorithm.oid}, or has unknown parameters.`;
      return { code: 'signature_algorithm_not_allowed', detail };
    }
    if (!schemeFitsKey(scheme, key)) return { code: 'signature_algorithm_mismatch' };
    if (key.bits > largestKeyBits) return { code: 'public_key_not_allowed' };
    const objection = policy === undefined ? undefined : policyObjection(scheme, key, policy);
    if (objection !== undefined) return objection;
    const known = this.checked.get(signed)?.find((entry) => bytesEqual(entry.key, key.der));
    if (known !== undefined) return outcome(known.valid);
    if (!this.budget.spendSignature()) return { code: 'too_many_signatures' };
    const { tbsDer: message, signature } = signed;
    const answer = this.checker.verify({ scheme, publicKey: key, message, signature });
    // A checker that answers at once is not made to wait: this is the hottest call of all.
    if (typeof answer === 'boolean') return this.note(signed, key, answer);
    return answer.then((valid) => this.note(signed, key, valid));
  }

  private note(
    signed: SignedObject,
    { der }: PublicKey,
    valid: boolean,
  ): SignatureObjection | undefined {
    const entries = this.checked.get(signed);
    if (entries === undefined) this.checked.set(signed, [{ key: der, valid }]);
    else entries.push({ key: der, valid });
    return outcome(valid);
  }
}

function outcome(valid: boolean): SignatureObjection | undefined {
  return valid ? undefined : { code: 'signature_invalid' };
}

function policyObjection(
  scheme: SignatureScheme,
  key: PublicKey,
  policy: AlgorithmPolicy,
): SignatureObjection | undefined {
  const schemeReason = schemeObjection(scheme, policy);
  if (schemeReason !== undefined) {
    return { code: 'signature_algorithm_not_allowed', detail: `Here ${schemeReason}.` };
  }
  const keyReason = keyObjection(key, policy);
  if (keyReason === undefined) return undefined;
  return { code: 'public_key_not_allowed', detail: `Of the issuer’s: ${keyReason}.` };
}
