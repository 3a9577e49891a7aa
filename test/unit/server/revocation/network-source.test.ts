/** The revocation source of the server under path validation, with a network that misbehaves. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PathResult } from '../../../../src/pki/index.ts';
import { createAuthorities, type Revocation, type Storage } from '../../../../src/server/index.ts';
import { CrlServer } from '../../../testkit/crl-server.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import {
  buildCa,
  buildCertificate,
  buildCrl,
  buildOcspResponse,
  crlDistributionPoints,
  deltaCrlIndicator,
  der,
  derExtension,
  derInteger,
  derOid,
  distributionPoint,
  dn,
  generalName,
  hoursFromTestTime,
  issuingDistributionPoint,
  keyUsage,
  testKey,
  testTime,
  type CrlFields,
  type OcspFields,
} from '../../../testkit/pki-builder.ts';
import { findPath } from '../../../testkit/pki-path.ts';
import { scratchRevocation } from '../scratch-revocation.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';
import { openScratchStorage } from '../scratch-storage.ts';

const minute = 60_000;
const serialNumber = derInteger(4711);
const nonceOid = derOid('1.3.6.1.5.5.7.48.1.2');

describe('the server’s revocation source', () => {
  let clock: FakeClock;
  let storage: Storage;
  let web: CrlServer;
  let revocation: Revocation;
  /** Bodies of the OCSP requests. */
  let requests: Buffer[];

  beforeEach(async () => {
    clock = new FakeClock(testTime);
    storage = await openScratchStorage();
    web = await CrlServer.start();
    requests = [];
    await createAuthorities(storage.authorities, clock).add(buildCa());
    revocation = scratchRevocation(storage, clock, { allowedAddresses: [web.host] });
  });
  afterEach(async () => {
    await revocation.close();
    await web.close();
    await storage.close();
  });

  const validate = async (target: Buffer): Promise<PathResult> =>
    findPath({ target, time: clock.now(), revocation: await revocation.inputs() });
  const verdict = async (target: Buffer): Promise<string> => {
    const result = await validate(target);
    return result.ok ? (result.path.revocation[0]?.status ?? '') : result.failure.message;
  };

  const withResponder = (): Buffer => {
    const location = generalName.uri(web.url('/ocsp'));
    const description = der(0x30, derOid('1.3.6.1.5.5.7.48.1'), location);
    const access = derExtension('1.3.6.1.5.5.7.1.1', false, der(0x30, description));
    return buildCertificate({ serialNumber, extensions: [access] });
  };
  const respond = (respondTo: (request: Buffer) => Buffer): void => {
    web.handle('/ocsp', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        requests.push(body);
        response.end(respondTo(body));
      });
    });
  };
  const answer = (fields: Partial<OcspFields>): void => {
    respond(() => buildOcspResponse({ serialNumber, ...fields }));
  };
  const status = (code: number): Buffer => der(0x30, der(0x0a, Buffer.of(code)));

  it('asks a responder once within its interval, and again after it', async () => {
    const target = withResponder();
    answer({});
    expect(await verdict(target)).toBe('good');
    clock.advance(5 * minute);
    expect(await verdict(target)).toBe('good');
    expect(requests).toHaveLength(1);
    clock.advance(1);
    answer({ status: 'revoked', thisUpdate: hoursFromTestTime(0) });
    expect(await verdict(target)).toContain('has been revoked');
    expect(requests).toHaveLength(2);
  });

  it('asks again when what is kept is out of date, however young it is', async () => {
    const target = withResponder();
    answer({ nextUpdate: new Date(testTime.getTime() + minute) });
    await verdict(target);
    clock.advance(2 * minute);
    answer({ thisUpdate: hoursFromTestTime(0) });
    expect(await verdict(target)).toBe('good');
    expect(requests).toHaveLength(2);
  });

  it('sends a nonce of 32 octets, another one each time', async () => {
    const target = withResponder();
    answer({});
    await verdict(target);
    clock.advance(6 * minute);
    await verdict(target);
    const nonces = requests.map((request) => {
      const start = request.indexOf(nonceOid) + nonceOid.length;
      // OCTET STRING of the extension, around the OCTET STRING of the nonce.
      expect(request.subarray(start, start + 4)).toEqual(Buffer.of(0x04, 34, 0x04, 32));
      return request.subarray(start + 4, start + 36).toString('hex');
    });
    expect(new Set(nonces).size).toBe(2);
  });

  it('asks once more without a nonce where the responder calls it malformed', async () => {
    respond((request) =>
      request.includes(nonceOid) ? status(1) : buildOcspResponse({ serialNumber }),
    );
    expect(await verdict(withResponder())).toBe('good');
    expect(requests.map((request) => request.includes(nonceOid))).toEqual([true, false]);
  });

  it.each([
    ['is not signed by the CA', { responderKey: testKey('impostor') }],
    ['is about another certificate', { serialNumber: derInteger(4712) }],
    ['has another nonce', { nonce: der(0x04, Buffer.alloc(32)) }],
    ['does not know the certificate', { status: 'unknown' as const }],
  ])('goes back to the answer before where a new one %s', async (_, fields) => {
    const target = withResponder();
    answer({ nextUpdate: hoursFromTestTime(5) });
    expect(await verdict(target)).toBe('good');
    clock.advance(6 * minute);
    answer({ thisUpdate: hoursFromTestTime(0), ...fields });
    expect(await verdict(target)).toBe('good');
    expect(requests).toHaveLength(2);
    // It is held back, and what was proven before counts until it is out of date.
    expect(await verdict(target)).toBe('good');
    expect(requests).toHaveLength(2);
    clock.advance(5 * 60 * minute);
    expect(await verdict(target)).toContain('cannot be found out');
  });

  it('keeps an answer where an older one comes', async () => {
    const target = withResponder();
    answer({ status: 'revoked', nextUpdate: hoursFromTestTime(5) });
    expect(await verdict(target)).toContain('has been revoked');
    clock.advance(6 * minute);
    answer({ thisUpdate: hoursFromTestTime(-2), nextUpdate: hoursFromTestTime(5) });
    expect(await verdict(target)).toContain('has been revoked');
    const { problems } = await revocation.list();
    expect(problems[0]?.message).toContain('ocsp_older');
  });

  it.each([
    ['tryLater', () => status(3), 'answered tryLater'],
    ['no OCSP response', () => Buffer.from('<html>'), 'is no OCSP response'],
    ['too much', () => Buffer.alloc((64 << 10) + 1), 'larger than 65536 bytes'],
  ])('tells a responder that answers %s', async (_, response, text) => {
    respond(response);
    expect(await verdict(withResponder())).toContain(text);
  });

  const withCrls = (...points: readonly (readonly string[])[]): Buffer => {
    const names = points.map((paths) => {
      const uris = paths.map((path) => generalName.uri(web.url(path)));
      return der(0x30, der(0xa0, der(0xa0, ...uris)));
    });
    return buildCertificate({ serialNumber, extensions: [crlDistributionPoints(...names)] });
  };

  it('takes the first address of a place that has a CRL, and does not ask the others', async () => {
    web.publish('/second', buildCrl());
    web.publish('/third', buildCrl());
    expect(await verdict(withCrls(['/first', '/second', '/third']))).toBe('good');
    expect(web.log).toEqual(['GET /first 404', 'GET /second 200']);
  });

  it('looks at eight places and four addresses at each, no more', async () => {
    const places = Array.from({ length: 12 }, (_, place) =>
      Array.from({ length: 6 }, (__, address) => `/${place}/${address}`),
    );
    expect(await verdict(withCrls(...places))).toContain('cannot be found out');
    expect(web.log).toHaveLength(32);
  });

  it('fetches the delta CRL that a CRL names, and believes both', async () => {
    const freshest = (path: string): Buffer =>
      derExtension('2.5.29.46', false, der(0x30, distributionPoint(web.url(path))));
    web.publish('/base', buildCrl({ number: 5, extensions: [freshest('/delta')] }));
    const delta = (entries: CrlFields['entries'] = []): Buffer =>
      buildCrl({ number: 6, extensions: [deltaCrlIndicator(5)], entries });
    web.publish('/delta', delta());
    const target = withCrls(['/base']);
    const result = await validate(target);
    const [status] = result.ok ? result.path.revocation : [];
    const evidence = status?.status === 'good' ? status.evidence : [];
    expect(evidence.map(({ origin }) => origin)).toEqual([web.url('/base'), web.url('/delta')]);
    web.publish('/delta', delta([{ serialNumber, reason: 1 }]));
    clock.advance(20 * minute);
    await verdict(target);
    await expect.poll(() => verdict(target)).toContain('has been revoked');
  });

  it('uses a CRL of a separate issuer whose certificate stands in the directory', async () => {
    const crlDirectory = `${scratchDirectory()}/crls`;
    mkdirSync(crlDirectory);
    await revocation.close();
    const options = { allowedAddresses: [web.host], crlDirectory };
    revocation = scratchRevocation(storage, clock, options);
    const issuerKey = testKey('crl issuer');
    const issuer = buildCertificate({
      subject: dn('CRL issuer'),
      subjectKey: issuerKey,
      extensions: [keyUsage('cRLSign')],
    });
    web.publish(
      '/indirect',
      buildCrl({
        issuer: dn('CRL issuer'),
        issuerKey,
        extensions: [issuingDistributionPoint({ indirect: true })],
      }),
    );
    const uri = web.url('/indirect');
    const point = distributionPoint(uri, { crlIssuer: dn('CRL issuer') });
    const target = buildCertificate({ serialNumber, extensions: [crlDistributionPoints(point)] });
    expect(await verdict(target)).toContain('crl_signer_unknown');
    writeFileSync(`${crlDirectory}/issuer.crt`, issuer);
    // The issuer's own status comes from the CA's CRL.
    writeFileSync(`${crlDirectory}/ca.crl`, buildCrl());
    clock.advance(10_000);
    expect(await verdict(target)).toBe('good');
  });

  it('keeps CRLs over a restart, and then needs no network', async () => {
    web.publish('/a', buildCrl());
    const target = withCrls(['/a']);
    await verdict(target);
    await revocation.close();
    revocation = scratchRevocation(storage, clock, { allowedAddresses: [web.host] });
    expect(await verdict(target)).toBe('good');
    expect(web.log).toHaveLength(1);
  });
});
