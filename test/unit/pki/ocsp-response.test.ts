import { describe, expect, it } from 'vitest';
import { parseOcspResponse } from '../../../src/pki/index.ts';
import { codeOf } from '../../testkit/code-of.ts';
import {
  buildCertificate,
  buildOcspResponse,
  der,
  derInteger,
  derOid,
  hoursFromTestTime,
} from '../../testkit/pki-builder.ts';

describe('reading OCSP responses', () => {
  it('gives every field', () => {
    const response = parseOcspResponse(
      buildOcspResponse({
        serialNumber: derInteger(5),
        status: 'revoked',
        certIdHash: 'sha256',
        certificates: [buildCertificate()],
        nonce: Buffer.alloc(16),
      }),
    );
    const { basic } = response;
    expect(response.responseStatus).toBe('successful');
    expect(basic?.responderId.form).toBe('byName');
    expect(basic?.producedAt).toEqual(hoursFromTestTime(-1));
    expect(basic?.certificates.length).toBe(1);
    expect(basic?.extensions.length).toBe(1);
    const [single] = basic?.responses ?? [];
    expect(single?.certId.hashAlgorithm).toBe('2.16.840.1.101.3.4.2.1');
    expect(single?.certId.issuerKeyHash.length).toBe(32);
    expect(single?.status).toEqual({
      status: 'revoked',
      revocationDate: hoursFromTestTime(-2),
      reason: 'keyCompromise',
    });
    expect(single?.nextUpdate).toEqual(hoursFromTestTime(1));
  });

  it.each([
    [1, 'malformedRequest'],
    [2, 'internalError'],
    [3, 'tryLater'],
    [5, 'sigRequired'],
    [6, 'unauthorized'],
  ])('reads status %d as %s', (code, status) => {
    const response = parseOcspResponse(der(0x30, der(0x0a, Buffer.of(code))));
    expect([response.responseStatus, response.basic]).toEqual([status, undefined]);
  });

  const good = buildOcspResponse({ serialNumber: derInteger(5) });
  it('refuses every truncation, and anything that follows', () => {
    for (let length = 0; length < good.length; length++) {
      expect(codeOf(() => parseOcspResponse(good.subarray(0, length)))).toBe(
        'ocsp_response_malformed',
      );
    }
    expect(codeOf(() => parseOcspResponse(Buffer.concat([good, Buffer.of(0)])))).toBe(
      'ocsp_response_malformed',
    );
  });

  it.each([
    ['status 4', der(0x30, der(0x0a, Buffer.of(4)))],
    ['success without a response', der(0x30, der(0x0a, Buffer.of(0)))],
    [
      'a failure with a response',
      der(0x30, der(0x0a, Buffer.of(1)), der(0xa0, der(0x30, derOid('1.2.3'), der(4)))),
    ],
    [
      'another type of response',
      der(0x30, der(0x0a, Buffer.of(0)), der(0xa0, der(0x30, derOid('1.2.3'), der(4)))),
    ],
  ])('refuses %s', (_, response) => {
    expect(codeOf(() => parseOcspResponse(response))).toBe('ocsp_response_malformed');
  });

  const ofVersion = (...content: readonly Buffer[]) =>
    parseOcspResponse(
      buildOcspResponse({ serialNumber: derInteger(5), version: der(0xa0, ...content) }),
    );
  it('reads version 1 where it is spelled out', () => {
    expect(ofVersion(derInteger(0)).basic?.responses.length).toBe(1);
  });

  it.each([
    ['version 2', [derInteger(1)]],
    ['a version that something follows', [derInteger(0), derInteger(0)]],
  ])('refuses %s', (_, content) => {
    expect(codeOf(() => ofVersion(...content))).toBe('ocsp_response_malformed');
  });

  it('refuses a certificate that cannot be read, and what is too large', () => {
    const junk = buildOcspResponse({ serialNumber: derInteger(5), certificates: [der(0x30)] });
    expect(codeOf(() => parseOcspResponse(junk))).toBe('certificate_malformed');
    expect(codeOf(() => parseOcspResponse(good, 10))).toBe('input_too_large');
  });
});
