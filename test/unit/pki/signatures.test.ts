import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  parseCertificate,
  rememberSignatures,
  type SignatureChecker,
  type SignatureRequest,
} from '../../../src/pki/index.ts';
import {
  buildCa,
  buildCertificate,
  der,
  derInteger,
  derOid,
  rsaKey,
  type TestKey,
} from '../../testkit/pki-builder.ts';
import { verdictOf } from '../../testkit/pki-path.ts';

const sha256 = derOid('2.16.840.1.101.3.4.2.1');
const sha384 = derOid('2.16.840.1.101.3.4.2.2');
const mgf1 = derOid('1.2.840.113549.1.1.8');
const pssOid = derOid('1.2.840.113549.1.1.10');

/** RSASSA-PSS-params (RFC 4055 section 3.1). */
function pssAlgorithm(hash: Buffer, maskHash: Buffer, salt: number, trailer?: number): Buffer {
  return der(
    0x30,
    pssOid,
    der(
      0x30,
      der(0xa0, der(0x30, hash, der(5))),
      der(0xa1, der(0x30, mgf1, der(0x30, maskHash, der(5)))),
      der(0xa2, derInteger(salt)),
      ...(trailer === undefined ? [] : [der(0xa3, derInteger(trailer))]),
    ),
  );
}

/** A certificate signed with PSS over SHA-256, whatever its algorithm identifier says. */
function pssCertificate(algorithm: Buffer, key: TestKey, saltLength: number): Buffer {
  const { tbsDer } = parseCertificate(
    buildCertificate({ issuerKey: key, algorithm, signature: Buffer.of(1) }),
  );
  const signature = sign('sha256', tbsDer, {
    key: key.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  });
  return der(0x30, Buffer.from(tbsDer), algorithm, der(3, Buffer.of(0), signature));
}

describe('RSASSA-PSS in certificates', () => {
  const key = rsaKey('ca');
  const anchors = [buildCa({ subjectKey: key })];
  const verdict = (algorithm: Buffer, salt = 32) =>
    verdictOf({ target: pssCertificate(algorithm, key, salt), anchors });

  it('is accepted with the salt length that it states', async () => {
    expect(await verdict(pssAlgorithm(sha256, sha256, 32))).toBe('ok');
    expect(await verdict(pssAlgorithm(sha256, sha256, 20), 20)).toBe('ok');
    expect(await verdict(pssAlgorithm(sha256, sha256, 32, 1))).toBe('ok');
    expect(await verdict(pssAlgorithm(sha256, sha256, 32), 20)).toBe('signature_invalid at 0');
  });

  it.each([
    ['two hashes', pssAlgorithm(sha256, sha384, 32)],
    ['an unknown hash', pssAlgorithm(derOid('1.2.3'), derOid('1.2.3'), 32)],
    ['another trailer', pssAlgorithm(sha256, sha256, 32, 2)],
    ['no parameters', der(0x30, pssOid)],
    ['the default parameters, which are SHA-1', der(0x30, pssOid, der(0x30))],
    ['parameters that are NULL', der(0x30, pssOid, der(5))],
  ])('is refused with %s', async (_, algorithm) => {
    expect(await verdict(algorithm)).toBe('signature_algorithm_not_allowed at 0');
  });

  it('is held to what an id-RSASSA-PSS key demands', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha256',
      mgf1HashAlgorithm: 'sha256',
      // A number, whatever the type declaration says.
      saltLength: 32 as unknown as string,
    });
    const pssKey = { privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }) };
    const anchor = buildCertificate({
      subject: parseName(anchors[0]),
      spki: pssKey.spki,
      extensions: [caExtension()],
      issuerKey: key,
    });
    const below = (algorithm: Buffer, salt: number) =>
      verdictOf({ target: pssCertificate(algorithm, pssKey, salt), anchors: [anchor] });
    expect(await below(pssAlgorithm(sha256, sha256, 32), 32)).toBe('ok');
    const mismatch = 'signature_algorithm_mismatch at 0';
    expect(await below(pssAlgorithm(sha384, sha384, 32), 32)).toBe(mismatch);
    // A shorter salt than the key demands is not even made by OpenSSL; the identifier alone decides.
    expect(await below(pssAlgorithm(sha256, sha256, 20), 32)).toBe(mismatch);
  });
});

function parseName(certificate: Buffer | undefined): Buffer {
  if (certificate === undefined) throw new Error('no certificate');
  return Buffer.from(parseCertificate(certificate).subject.der);
}

function caExtension(): Buffer {
  const value = der(0x30, der(1, Buffer.of(0xff)));
  return der(0x30, derOid('2.5.29.19'), der(1, Buffer.of(0xff)), der(4, value));
}

describe('remembered signatures', () => {
  const certificate = parseCertificate(buildCertificate());
  const request: SignatureRequest = {
    scheme: { family: 'ecdsa', hash: 'SHA-256' },
    publicKey: certificate.publicKey,
    message: certificate.tbsDer,
    signature: certificate.signature,
  };
  const counting = (answer: boolean | Promise<boolean>): SignatureChecker & { count: number } => ({
    count: 0,
    verify() {
      this.count++;
      return answer;
    },
  });

  it.each([true, false])('are checked once where the answer is %s', async (answer) => {
    for (const given of [answer, Promise.resolve(answer)]) {
      const inner = counting(given);
      const checker = rememberSignatures(inner);
      expect(await checker.verify(request)).toBe(answer);
      expect(await checker.verify({ ...request, signature: request.signature.slice() })).toBe(
        answer,
      );
      expect(inner.count).toBe(1);
    }
  });

  it('are checked again for another message, key or signature', async () => {
    const inner = counting(true);
    const checker = rememberSignatures(inner);
    await checker.verify(request);
    await checker.verify({ ...request, message: request.message.slice() });
    await checker.verify({ ...request, signature: Uint8Array.of(1) });
    const { publicKey } = parseCertificate(buildCa());
    await checker.verify({ ...request, publicKey });
    expect(inner.count).toBe(4);
  });

  it('do not pile up for one message', async () => {
    const inner = counting(true);
    const checker = rememberSignatures(inner);
    for (let i = 0; i < 40; i++) {
      await checker.verify({ ...request, signature: Uint8Array.of(i) });
    }
    await checker.verify({ ...request, signature: Uint8Array.of(0) });
    await checker.verify({ ...request, signature: Uint8Array.of(39) });
    expect(inner.count).toBe(41);
  });
});
