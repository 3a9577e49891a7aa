import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyChallengeSignature } from '../../../../src/agent/challenge/challenge-signature.ts';
import type { JsonObject } from '../../../../src/core/index.ts';
import { parseCompactJws, type CompactJws } from '../../../../src/protocol/index.ts';
import { codeOf } from '../../../testkit/code-of.ts';

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519 = generateKeyPairSync('ed25519');

function jwkOf(key: KeyObject): JsonObject {
  return { ...(key.export({ format: 'jwk' }) as JsonObject), kid: 'k' };
}

function jws(alg: string, key: KeyObject, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363') {
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg, typ: 'test+jwt' })}.${encode({ a: 1 })}`;
  const hash = key.asymmetricKeyType === 'ec' ? 'sha256' : null;
  const signature = sign(hash, Buffer.from(input), { key, dsaEncoding });
  return parseCompactJws(`${input}.${signature.toString('base64url')}`, {
    maxLength: 4096,
    type: 'test+jwt',
    algorithms: ['ES256', 'EdDSA'],
  });
}

function outcome(token: CompactJws, key: JsonObject): unknown {
  return codeOf(() => {
    verifyChallengeSignature(token, key);
  });
}

describe('verifyChallengeSignature', () => {
  it.each([
    ['ES256', p256],
    ['EdDSA', ed25519],
  ])('accepts a good signature: %s', (algorithm, pair) => {
    expect(outcome(jws(algorithm, pair.privateKey), jwkOf(pair.publicKey))).toBeUndefined();
  });

  it('refuses a signature by another key, or over other bytes', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const token = jws('ES256', p256.privateKey);
    expect(outcome(token, jwkOf(other.publicKey))).toBe('challenge_signature_invalid');
    const changed = { ...token, signingInput: Buffer.from('x.y') };
    expect(outcome(changed, jwkOf(p256.publicKey))).toBe('challenge_signature_invalid');
  });

  it('refuses an alg that is not the key’s', () => {
    const token = jws('EdDSA', p256.privateKey);
    expect(outcome(token, jwkOf(p256.publicKey))).toBe('challenge_signature_invalid');
    const crossed = jws('ES256', ed25519.privateKey);
    expect(outcome(crossed, jwkOf(p256.publicKey))).toBe('challenge_signature_invalid');
  });

  it('refuses an ECDSA signature in DER: a JWS has it in fixed width', () => {
    const token = jws('ES256', p256.privateKey, 'der');
    expect(outcome(token, jwkOf(p256.publicKey))).toBe('challenge_signature_invalid');
  });

  it('tells a JWK that holds no key', () => {
    const token = jws('ES256', p256.privateKey);
    const broken = { ...jwkOf(p256.publicKey), x: 'AAAA' };
    expect(outcome(token, broken)).toBe('server_keys_invalid');
  });
});
