import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeKey } from '../../../../src/keystore/pkcs11/describe-key.ts';
import { fitSignature } from '../../../../src/keystore/pkcs11/fit-signature.ts';
import { algorithmsOn, mechanismInput } from '../../../../src/keystore/pkcs11/mechanisms.ts';
import type { PrivateKeyReport, TokenReport } from '../../../../src/keystore/pkcs11/protocol.ts';
import { parsePublicKey, type PublicKey } from '../../../../src/pki/index.ts';
import { codeOf } from '../../../testkit/code-of.ts';
import { keyPair, type TestKeyType } from '../../../testkit/test-ca.ts';

const message = Buffer.from('message');
const RSA_PKCS = { mechanism: 0x0001, flags: 0x0800 };
const RSA_PSS = { mechanism: 0x000d, flags: 0x0800 };
const ECDSA = { mechanism: 0x1041, flags: 0x0800 };

function publicKey(type: TestKeyType): PublicKey {
  return parsePublicKey(keyPair(type).publicKey.export({ type: 'spki', format: 'der' }));
}

describe('what a mechanism is given', () => {
  it('is the digest of the curve’s hash for ECDSA', () => {
    for (const [algorithm, hash] of [
      ['ES256', 'sha256'],
      ['ES384', 'sha384'],
      ['ES512', 'sha512'],
    ] as const) {
      expect(mechanismInput(algorithm, message)).toEqual({
        mechanism: 0x1041,
        pss: undefined,
        data: new Uint8Array(createHash(hash).update(message).digest()),
      });
    }
  });

  it('is a DigestInfo for RS256 (RFC 8017 section 9.2)', () => {
    const input = mechanismInput('RS256', message);
    const digest = createHash('sha256').update(message).digest('hex');
    expect(Buffer.from(input?.data ?? []).toString('hex')).toBe(
      `3031300d060960864801650304020105000420${digest}`,
    );
  });

  it('is a digest with a salt of its own length for PS256 (RFC 7518 section 3.5)', () => {
    expect(mechanismInput('PS256', message)).toMatchObject({
      mechanism: 0x000d,
      pss: { hashAlg: 0x250, mgf: 2, saltLen: 32 },
    });
  });

  it('is nothing for an algorithm without a mechanism here', () => {
    expect(mechanismInput('EdDSA', message)).toBeUndefined();
  });
});

describe('the algorithms of a key on a token', () => {
  it.each([
    ['rsa2048', [RSA_PKCS, RSA_PSS, ECDSA], ['PS256', 'RS256']],
    ['rsa2048', [RSA_PKCS], ['RS256']],
    ['rsa2048', [ECDSA], []],
    ['p384', [RSA_PKCS, ECDSA], ['ES384']],
    ['p384', [RSA_PKCS], []],
    ['ed25519', [RSA_PKCS, RSA_PSS, ECDSA], []],
  ] as const)('of a %s key follow the mechanism list', (type, offered, expected) => {
    expect(algorithmsOn(publicKey(type), offered)).toEqual(expected);
  });

  it('leave out a mechanism that says it does not sign, not one that says nothing', () => {
    const key = publicKey('rsa2048');
    expect(algorithmsOn(key, [{ ...RSA_PKCS, flags: 0x2000 }, RSA_PSS])).toEqual(['PS256']);
    expect(algorithmsOn(key, [{ ...RSA_PKCS, flags: undefined }])).toEqual(['RS256']);
  });
});

describe('a signature from a token', () => {
  it('is taken as it is where its width is right', () => {
    const raw = Uint8Array.of(1, 2, 3, 4);
    expect(fitSignature(raw, 4, 'ES256')).toBe(raw);
  });

  it('gets back the zeros that both of its halves lost', () => {
    expect(fitSignature(Uint8Array.of(1, 2), 6, 'ES256')).toEqual(Uint8Array.of(0, 0, 1, 0, 0, 2));
  });

  it.each([
    ['an odd length', 3, 'ES256'],
    ['too much', 6, 'ES256'],
    ['nothing', 0, 'ES256'],
    ['a narrow RSA signature', 2, 'RS256'],
  ] as const)('is refused with %s', (_, length, algorithm) => {
    expect(codeOf(() => fitSignature(new Uint8Array(length), 4, algorithm))).toBe(
      'signature_failed',
    );
  });
});

describe('what a token says of a key', () => {
  const key: PrivateKeyReport = {
    name: { keyType: 0, id: Uint8Array.of(1), label: '', modulus: undefined },
    sign: true,
    alwaysAuthenticate: false,
    extractable: undefined,
  };

  function token(changes: Partial<TokenReport>): TokenReport {
    return {
      name: { label: 'card', manufacturer: 'Maker', model: 'Model', serial: '1' },
      flags: 0,
      slotFlags: 0,
      loggedIn: false,
      mechanisms: [RSA_PKCS],
      certificates: [],
      privateKeys: [],
      publicKeys: [],
      problems: [],
      ...changes,
    };
  }

  it.each([
    ['a hardware slot', { slotFlags: 0x04 }, 'hardware'],
    ['a mechanism done in hardware', { mechanisms: [{ ...RSA_PKCS, flags: 0x0801 }] }, 'hardware'],
    ['neither', {}, 'unknown'],
    [
      'a hardware slot of a token known to be a file',
      {
        slotFlags: 0x04,
        name: { label: 'x', manufacturer: 'SoftHSM project', model: '', serial: '' },
      },
      'software',
    ],
  ])('is about its place, from %s', (_, changes, expected) => {
    expect(describeKey(key, token(changes), 'Library 1.0').protection).toBe(expected);
  });

  it('leaves open whether it can be exported where the token does', () => {
    expect(describeKey(key, token({}), 'Library 1.0')).toEqual({
      protection: 'unknown',
      exportable: undefined,
      provider: 'Token “card” (Maker Model) through Library 1.0',
    });
  });
});
