/** What path validation and a revocation source tell each other besides CRLs and OCSP responses. */
import { describe, expect, it } from 'vitest';
import {
  parseCrl,
  type AvailableOcspResponse,
  type RevocationInputs,
  type RevocationMethod,
} from '../../../src/pki/index.ts';
import {
  buildCertificate,
  buildCrl,
  buildOcspResponse,
  crlDistributionPoints,
  der,
  derExtension,
  derInteger,
  derOid,
  distributionPoint,
  generalName,
  hoursFromTestTime,
  testKey,
} from '../../testkit/pki-builder.ts';
import { findPath } from '../../testkit/pki-path.ts';
import { revocation, type RevocationMaterial } from '../../testkit/pki-revocation.ts';

const serialNumber = derInteger(4711);
const silent = buildCertificate({ serialNumber });
const namesCrl = buildCertificate({
  serialNumber,
  extensions: [crlDistributionPoints(distributionPoint('http://crl.example/'))],
});
const namesResponder = buildCertificate({
  serialNumber,
  extensions: [access('1.3.6.1.5.5.7.48.1')],
});
const namesIssuer = buildCertificate({
  serialNumber,
  extensions: [access('1.3.6.1.5.5.7.48.2')],
});

function access(method: string): Buffer {
  const description = der(0x30, derOid(method), generalName.uri('http://x.example/'));
  return derExtension('1.3.6.1.5.5.7.1.1', false, der(0x30, description));
}

async function statusOf(target: Buffer, inputs: RevocationInputs): Promise<string> {
  const result = await findPath({ target, revocation: inputs });
  return result.ok ? (result.path.revocation[0]?.status ?? 'none') : result.failure.message;
}

const accepting = (material: RevocationMaterial): RevocationInputs =>
  revocation({ ...material, settings: { unpublished: 'accept' } });

describe('a certificate that names no CRL and no responder', () => {
  it('is refused unless the settings accept it', async () => {
    expect(await statusOf(silent, revocation({}))).toContain('cannot be found out');
    const refusing = revocation({ settings: { unpublished: 'refuse' } });
    expect(await statusOf(silent, refusing)).toContain('cannot be found out');
  });

  it.each([
    ['nothing', silent],
    ['only where its issuer’s certificate is', namesIssuer],
  ])('is accepted as not checked where the settings say so: it names %s', async (_, target) => {
    expect(await statusOf(target, accepting({}))).toBe('not_checked');
  });

  it.each([
    ['a CRL', namesCrl],
    ['a responder', namesResponder],
  ])('is not one that names %s', async (_, target) => {
    expect(await statusOf(target, accepting({}))).toContain('cannot be found out');
  });

  it('is checked all the same where there is something at hand from its CA', async () => {
    const entries = [{ serialNumber, reason: 1 }];
    expect(await statusOf(silent, accepting({ crls: [buildCrl()] }))).toBe('good');
    expect(await statusOf(silent, accepting({ crls: [buildCrl({ entries })] }))).toContain(
      'keyCompromise (crl of ',
    );
    const stale = buildCrl({ nextUpdate: hoursFromTestTime(-0.5) });
    expect(await statusOf(silent, accepting({ crls: [stale] }))).toContain('out of date');
    const someReasons = { crls: [buildCrl({ extensions: [onlyKeyCompromise] })] };
    expect(await statusOf(silent, accepting(someReasons))).toContain('every revocation reason');
    const forged = buildOcspResponse({ serialNumber, responderKey: testKey('impostor') });
    expect(await statusOf(silent, accepting({ ocsp: [forged] }))).toContain('cannot be found out');
  });
});

const onlyKeyCompromise = derExtension('2.5.29.28', true, der(0x30, der(0x83, Buffer.of(6, 0x40))));

describe('a source', () => {
  it('is asked what stood in its way where nothing was proven, method by method', async () => {
    const asked: RevocationMethod[] = [];
    const inputs = revocation({});
    const source = {
      ...inputs.source,
      failuresFor: (_: unknown, method: RevocationMethod) => {
        asked.push(method);
        return [{ method, origin: `http://${method}.example/`, message: 'It is down.' }];
      },
    };
    const message = await statusOf(namesCrl, { ...inputs, source });
    expect(asked).toEqual(['ocsp', 'crl']);
    expect(message).toContain('crl from http://crl.example/: It is down.');
    expect(message).toContain('ocsp from http://ocsp.example/: It is down.');
    asked.length = 0;
    const proven = { ...source, crlsFor: () => [{ crl: parseCrl(buildCrl()), origin: 'a file' }] };
    expect(await statusOf(namesCrl, { ...inputs, source: proven })).toBe('good');
    expect(asked).toEqual([]);
  });

  it('hears of OCSP responses that prove nothing, and of no others', async () => {
    const refused: AvailableOcspResponse[] = [];
    const forged = buildOcspResponse({
      serialNumber,
      responderKey: testKey('impostor'),
      thisUpdate: hoursFromTestTime(-0.5),
    });
    const inputs = revocation({ ocsp: [forged, buildOcspResponse({ serialNumber })] });
    const source = {
      ...inputs.source,
      refused: (r: AvailableOcspResponse) => void refused.push(r),
    };
    expect(await statusOf(silent, { ...inputs, source })).toBe('good');
    expect(refused.map(({ origin }) => origin)).toEqual(['ocsp 0']);
  });
});
