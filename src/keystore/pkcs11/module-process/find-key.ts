import { bytesEqual } from '../../../core/index.ts';
import type { KeyName } from '../protocol.ts';
import type { Cryptoki, Handle } from './cryptoki.ts';
import { CKA, labelOf, tokenObjects } from './token-report.ts';

const CKO_PRIVATE_KEY = 3;
const maxCandidates = 16;

/** One text per key, to remember its handle by. */
export function keyNameToText(name: KeyName): string {
  return `${name.keyType} ${name.label}\0${latin1(name.id)}\0${latin1(name.modulus)}`;
}

/**
 * Finds a private key by type and CKA_ID (by label where it has no id); of several, the one with the
 * same modulus and label.
 */
export function findKey(cryptoki: Cryptoki, session: Handle, name: KeyName): Handle | undefined {
  const byId = name.id.length > 0;
  const found = cryptoki.find(
    session,
    [
      ...tokenObjects(CKO_PRIVATE_KEY),
      { type: CKA.keyType, value: name.keyType },
      byId
        ? { type: CKA.id, value: Buffer.from(name.id) }
        : { type: CKA.label, value: Buffer.from(name.label) },
    ],
    maxCandidates,
  );
  return found.length > 1 ? found.find((key) => isNamed(cryptoki, session, key, name)) : found[0];
}

function isNamed(cryptoki: Cryptoki, session: Handle, key: Handle, name: KeyName): boolean {
  const attributes = cryptoki.attributes(session, key, [CKA.label, CKA.modulus]);
  const modulus = attributes.get(CKA.modulus);
  const sameModulus =
    name.modulus === undefined || (modulus !== undefined && bytesEqual(modulus, name.modulus));
  return sameModulus && labelOf(attributes) === name.label;
}

function latin1(bytes: Uint8Array | undefined): string {
  return bytes === undefined
    ? ''
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
