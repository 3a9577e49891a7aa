/** OpenSSL as CA: its CRLs and its OCSP responder's answers to our requests are understood. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  encodeOcspRequest,
  encodePem,
  findCertificationPath,
  parseCertificate,
  parseCrl,
  parseOcspResponse,
  parsePem,
  trustAnchorFromCertificate,
  type AvailableCrl,
  type AvailableOcspResponse,
} from '../../src/pki/index.ts';
import { nodeSignatureChecker } from '../../src/verifier/node-signature-checker.ts';
import {
  buildCa,
  buildCertificate,
  derInteger,
  dn,
  extendedKeyUsage,
  keyUsage,
  rsaKey,
  testKey,
} from '../testkit/pki-builder.ts';
import { nodeHash, revocationFromCrls } from '../testkit/pki-pkits.ts';
import { opensslComponent } from '../testkit/pki-openssl.ts';
import { describeWith } from '../testkit/require-component.ts';

describeWith('revocation by OpenSSL', [opensslComponent()], ([openssl = 'openssl']) => {
  const now = new Date();
  const year = 365 * 86_400_000;
  const validity = {
    notBefore: new Date(now.getTime() - year),
    notAfter: new Date(now.getTime() + year),
  };
  const caKey = rsaKey('openssl ca');
  const ca = buildCa({ subjectKey: caKey, ...validity });
  const device = (serial: number) =>
    buildCertificate({ issuerKey: caKey, serialNumber: derInteger(serial), ...validity });
  const [good, revoked] = [device(0x1001), device(0x1002)];
  const responderKey = testKey('openssl responder');
  const responder = buildCertificate({
    subject: dn('Responder'),
    subjectKey: responderKey,
    issuerKey: caKey,
    extensions: [keyUsage('digitalSignature'), extendedKeyUsage('1.3.6.1.5.5.7.3.9')],
    ...validity,
  });
  let folder = '';
  const path = (name: string) => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-openssl-'));
    const key = (k: typeof caKey) => k.privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(path('ca.pem'), encodePem('CERTIFICATE', ca));
    writeFileSync(path('ca.key'), key(caKey));
    writeFileSync(path('responder.pem'), encodePem('CERTIFICATE', responder));
    writeFileSync(path('responder.key'), key(responderKey));
    writeFileSync(
      path('index.txt'),
      ['V\t401231235959Z\t\t1001\tunknown\t/CN=good', revokedLine(), ''].join('\n'),
    );
    writeFileSync(path('crlnumber'), '01\n');
    writeFileSync(path('ca.cnf'), configuration(folder));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const verdict = async (
    target: Buffer,
    crls: readonly AvailableCrl[],
    ocsp: readonly AvailableOcspResponse[],
  ) => {
    const inputs = revocationFromCrls(crls, []);
    const result = await findCertificationPath({
      target: parseCertificate(target),
      intermediates: [],
      anchors: [trustAnchorFromCertificate(parseCertificate(ca))],
      time: new Date(),
      checker: nodeSignatureChecker,
      revocation: {
        ...inputs,
        source: { crlsFor: () => crls, ocspResponsesFor: () => ocsp },
        settings: { ...inputs.settings, methods: crls.length > 0 ? ['crl'] : ['ocsp'] },
      },
    });
    return result.ok ? 'good' : `${result.code}: ${result.failure.message}`;
  };

  it('is read from its CRLs', async () => {
    const args = ['ca', '-config', path('ca.cnf'), '-gencrl', '-out', path('crl.pem')];
    execFileSync(openssl, args, { stdio: 'pipe' });
    const [block] = parsePem(readFileSync(path('crl.pem'), 'utf8'));
    const crls = [{ crl: parseCrl(block?.der ?? new Uint8Array()), origin: 'openssl ca' }];
    expect(await verdict(good, crls, [])).toBe('good');
    expect(await verdict(revoked, crls, [])).toMatch(/^certificate_revoked: .*keyCompromise/);
  });

  it.each([
    ['SHA-1', 'ca'],
    ['SHA-256', 'responder'],
  ] as const)(
    'is read from answers to our requests, CertID %s, signed by the %s',
    async (certIdHash, signer) => {
      const ask = async (target: Buffer) => {
        const nonce = Buffer.alloc(16, 3);
        const request = await encodeOcspRequest({
          query: {
            certificate: parseCertificate(target),
            issuerKey: parseCertificate(ca).publicKey,
          },
          certIdHash,
          hash: nodeHash,
          nonce,
        });
        writeFileSync(path('request.der'), request);
        const responderArgs = [
          ...['-index', path('index.txt'), '-CA', path('ca.pem')],
          ...['-rsigner', path(`${signer}.pem`), '-rkey', path(`${signer}.key`)],
          ...['-reqin', path('request.der'), '-respout', path('response.der'), '-ndays', '1'],
        ];
        execFileSync(openssl, ['ocsp', ...responderArgs], { stdio: 'pipe' });
        const response = parseOcspResponse(new Uint8Array(readFileSync(path('response.der'))));
        expect(response.basic?.extensions.length).toBe(1);
        return [{ response, origin: 'openssl ocsp', nonce }];
      };
      expect(await verdict(good, [], await ask(good))).toBe('good');
      expect(await verdict(revoked, [], await ask(revoked))).toMatch(/^certificate_revoked/);
      expect(await verdict(device(0x1003), [], await ask(device(0x1003)))).toContain(
        'does not know',
      );
      expect(await verdict(good, [], await ask(revoked))).toContain('other certificates');
    },
  );
});

function revokedLine(): string {
  return 'R\t401231235959Z\t240101000000Z,keyCompromise\t1002\tunknown\t/CN=revoked';
}

function configuration(folder: string): string {
  return `[ca]
default_ca = test
[test]
database = ${folder}/index.txt
crlnumber = ${folder}/crlnumber
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
default_md = sha256
default_crl_days = 1
`;
}
