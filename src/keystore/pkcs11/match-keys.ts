/** Which private key of a token belongs to a certificate. */
import { bytesEqual } from '../../core/index.ts';
import type { PublicKey, PublicKeyKind } from '../../pki/index.ts';
import { CKK } from './constants.ts';
import type { PrivateKeyReport, PublicKeyReport, TokenReport } from './protocol.ts';

const keyTypes: ReadonlyMap<PublicKeyKind, number> = new Map<PublicKeyKind, number>([
  ['ec', CKK.EC],
  ['rsa', CKK.RSA],
  ['rsa-pss', CKK.RSA],
]);

/**
 * Finds a certificate's private key: first among those with its CKA_ID and key type, then among all
 * of its type by public key. A key whose public half is visible and differs is never taken.
 *
 * @param publicKey - the certificate's
 * @param id - the certificate's CKA_ID
 * @param token - where to look
 */
export function privateKeyFor(
  publicKey: PublicKey,
  id: Uint8Array,
  token: Pick<TokenReport, 'privateKeys' | 'publicKeys'>,
): PrivateKeyReport | undefined {
  const keyType = keyTypes.get(publicKey.kind);
  if (keyType === undefined) return undefined;
  const ofType = token.privateKeys.filter(({ name }) => name.keyType === keyType);
  const answers = ofType.map((key) => ({
    key,
    sameId: id.length > 0 && bytesEqual(key.name.id, id),
    samePublicKey: publicHalfFits(publicKey, key, token.publicKeys),
  }));
  const best =
    answers.find((answer) => answer.sameId && answer.samePublicKey === true) ??
    answers.find((answer) => answer.sameId && answer.samePublicKey === undefined) ??
    answers.find((answer) => answer.samePublicKey === true);
  return best?.key;
}

/** Whether a private key's public half is the certificate's; undefined where it is not visible. */
function publicHalfFits(
  publicKey: PublicKey,
  key: PrivateKeyReport,
  publicKeys: readonly PublicKeyReport[],
): boolean | undefined {
  const { modulus } = key.name;
  if (modulus !== undefined) return modulusFits(publicKey, modulus);
  const halves = publicKeys.filter(
    (half) =>
      half.keyType === key.name.keyType && half.id.length > 0 && bytesEqual(half.id, key.name.id),
  );
  // Two public keys under one id say nothing about which of them is this private key's.
  const [half, ...others] = halves;
  if (half === undefined || others.length > 0) return undefined;
  if (half.modulus !== undefined) return modulusFits(publicKey, half.modulus);
  return half.ecPoint === undefined ? undefined : pointFits(publicKey, half.ecPoint);
}

/** The modulus stands in RSAPublicKey (RFC 8017 appendix A.1.1) as the content of an INTEGER. */
function modulusFits(publicKey: PublicKey, modulus: Uint8Array): boolean {
  let start = 0;
  while (start < modulus.length - 1 && modulus[start] === 0) start++;
  const bare = modulus.subarray(start);
  return (
    publicKey.bits === bitLength(bare) &&
    Buffer.from(publicKey.keyBytes).includes(Buffer.from(bare))
  );
}

/** CKA_EC_POINT is a DER OCTET STRING around the point; some tokens leave the OCTET STRING out. */
function pointFits(publicKey: PublicKey, ecPoint: Uint8Array): boolean {
  const point = publicKey.keyBytes;
  if (bytesEqual(ecPoint, point)) return true;
  const header = ecPoint.length - point.length;
  return header > 0 && header <= 3 && ecPoint[0] === 0x04
    ? bytesEqual(ecPoint.subarray(header), point)
    : false;
}

function bitLength(bytes: Uint8Array): number {
  return (bytes.length - 1) * 8 + (32 - Math.clz32(bytes[0] ?? 0));
}
