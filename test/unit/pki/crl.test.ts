import { describe, expect, it } from 'vitest';
import { parseCertificate, parseCrl } from '../../../src/pki/index.ts';
import { codeOf } from '../../testkit/code-of.ts';
import {
  buildCertificate,
  buildCrl,
  certificateIssuer,
  crlEntry,
  crlReason,
  deltaCrlIndicator,
  der,
  derExtension,
  derInteger,
  derOid,
  dn,
  generalizedTime,
  hoursFromTestTime,
  issuingDistributionPoint,
} from '../../testkit/pki-builder.ts';

const { issuer } = parseCertificate(buildCertificate());
const serial = (value: number) => new Uint8Array(derInteger(value).subarray(2));

describe('reading CRLs', () => {
  it('gives every field', () => {
    const crl = parseCrl(
      buildCrl({
        number: 300,
        extensions: [
          deltaCrlIndicator(200),
          issuingDistributionPoint({ uri: 'http://x.test/', reasons: 0x60, indirect: true }),
        ],
        entries: [{ serialNumber: derInteger(5), reason: 4 }],
      }),
    );
    expect([...(crl.crlNumber ?? [])]).toEqual([1, 44]);
    expect([...(crl.baseCrlNumber ?? [])]).toEqual([0, 200]);
    expect(crl.issuingDistributionPoint).toMatchObject({
      onlySomeReasons: 0b110,
      indirectCrl: true,
      onlyContainsUserCerts: false,
    });
    expect(crl.thisUpdate).toEqual(hoursFromTestTime(-1));
    expect(crl.nextUpdate).toEqual(hoursFromTestTime(24));
    expect(crl.entryCount).toBe(1);
    expect(crl.find(serial(5), issuer)).toEqual({
      serialNumber: Buffer.of(5),
      revocationDate: hoursFromTestTime(-2),
      reason: 'superseded',
    });
    expect(crl.find(serial(6), issuer)).toBeUndefined();
  });

  it('tells apart serial numbers that begin alike, and negative ones', () => {
    const numbers = [der(2, Buffer.of(0x7f)), der(2, Buffer.of(0x7f, 1)), der(2, Buffer.of(0xff))];
    const crl = parseCrl(buildCrl({ entries: numbers.map((serialNumber) => ({ serialNumber })) }));
    for (const octets of [[0x7f], [0x7f, 1], [0xff]]) {
      expect(crl.find(Uint8Array.from(octets), issuer)).toBeDefined();
    }
    for (const octets of [[0x7f, 1, 0], [0x7e], [0, 0xff], []]) {
      expect(crl.find(Uint8Array.from(octets), issuer)).toBeUndefined();
    }
  });

  it('reads entries with long headers', () => {
    const padding = derExtension('1.2.3', false, der(4, Buffer.alloc(300)));
    const entries = [3, 1, 2].map((value) => ({
      serialNumber: derInteger(value),
      extensions: [crlReason(value), padding],
    }));
    const crl = parseCrl(buildCrl({ entries }));
    expect([1, 2, 3].map((value) => crl.find(serial(value), issuer)?.reason)).toEqual([
      'keyCompromise',
      'cACompromise',
      'affiliationChanged',
    ]);
  });

  it('holds an entry’s certificate issuer for those that follow', () => {
    const other = parseCertificate(buildCertificate({ issuer: dn('Other') })).issuer;
    const crl = parseCrl(
      buildCrl({
        extensions: [issuingDistributionPoint({ indirect: true })],
        entries: [
          { serialNumber: derInteger(9) },
          { serialNumber: derInteger(8), extensions: [certificateIssuer(dn('Other'))] },
          { serialNumber: derInteger(7) },
          { serialNumber: derInteger(6), extensions: [certificateIssuer(dn('CA'))] },
          { serialNumber: derInteger(9), extensions: [certificateIssuer(dn('Other'))] },
        ],
      }),
    );
    const listed = (name: typeof issuer) =>
      [6, 7, 8, 9].filter((value) => crl.find(serial(value), name) !== undefined);
    expect(listed(issuer)).toEqual([6, 9]);
    expect(listed(other)).toEqual([7, 8, 9]);
  });

  it('refuses every truncation, and anything that follows', () => {
    const whole = buildCrl({ entries: [{ serialNumber: derInteger(1), reason: 1 }] });
    for (let length = 0; length < whole.length; length++) {
      expect(codeOf(() => parseCrl(whole.subarray(0, length)))).toBe('crl_malformed');
    }
    expect(codeOf(() => parseCrl(Buffer.concat([whole, Buffer.of(0)])))).toBe('crl_malformed');
  });

  it('refuses two signature algorithms that differ', () => {
    const crl = buildCrl();
    crl[crl.lastIndexOf(derOid('1.2.840.10045.4.3.2')) + 9] = 3;
    expect(codeOf(() => parseCrl(crl))).toBe('crl_malformed');
  });

  it('refuses extensions in version 1, and versions that do not exist', () => {
    const whole = buildCrl();
    const version = whole.indexOf(derInteger(1));
    for (const value of [0, 2]) {
      const changed = Buffer.from(whole);
      changed[version + 2] = value;
      expect(codeOf(() => parseCrl(changed))).toBe('crl_malformed');
    }
  });

  it('refuses what is larger than allowed', () => {
    expect(codeOf(() => parseCrl(buildCrl(), 10))).toBe('input_too_large');
  });

  const entry = (...parts: Buffer[]) => buildCrl({ rawEntries: der(0x30, ...parts) });
  const time = generalizedTime(hoursFromTestTime(0));
  it.each([
    ['an entry that is empty', entry()],
    ['an entry without a date', entry(derInteger(1))],
    ['an entry with more than it may have', entry(derInteger(1), time, der(0x30), der(5))],
    ['an entry with an empty list of extensions', entry(derInteger(1), time, der(0x30))],
    [
      'an entry with a date that does not exist',
      entry(derInteger(1), der(0x17, Buffer.from('301301000000Z'))),
    ],
    ['a serial number that is not minimal', entry(der(2, Buffer.of(0, 1)), time)],
    ['a serial number of 128 octets', entry(der(2, Buffer.alloc(128, 1)), time)],
    ['reason 7', buildCrl({ entries: [{ serialNumber: derInteger(1), reason: 7 }] })],
    ['reason 11', buildCrl({ entries: [{ serialNumber: derInteger(1), reason: 11 }] })],
    [
      'a serial number that runs into the date',
      Buffer.from(entry(derInteger(1), time).toString('hex').replace('0201011', '0202011'), 'hex'),
    ],
    [
      'certificate issuers in a CRL that is not indirect',
      buildCrl({
        entries: [{ serialNumber: derInteger(1), extensions: [certificateIssuer(dn('x'))] }],
      }),
    ],
  ])('refuses %s', (_, crl) => {
    expect(codeOf(() => parseCrl(crl))).toBe('crl_malformed');
  });

  it.each([
    ['an empty distribution point', derExtension('2.5.29.28', true, der(0x30))],
    [
      'a distribution point for nothing',
      issuingDistributionPoint({ onlyUser: true, onlyCa: true }),
    ],
    ['a negative base number', derExtension('2.5.29.27', true, der(2, Buffer.of(0xff)))],
    ['a base number of 22 octets', derExtension('2.5.29.27', true, der(2, Buffer.alloc(22, 1)))],
  ])('refuses %s', (_, extension) => {
    expect(codeOf(() => parseCrl(buildCrl({ extensions: [extension] })))).toBe(
      'extension_malformed',
    );
  });

  it('reads 100,000 entries in no order, and finds each', () => {
    const template = crlEntry({ serialNumber: der(2, Buffer.of(1, 0, 0, 0)), reason: 1 });
    const entries = Array.from({ length: 100_000 }, (_, i) => {
      const copy = Buffer.from(template);
      copy.writeUIntBE((i * 7919) % 100_003, 5, 3);
      return copy;
    });
    const crl = parseCrl(buildCrl({ rawEntries: Buffer.concat(entries) }));
    expect(crl.entryCount).toBe(100_000);
    for (const i of [0, 1, 50_000, 99_999]) {
      const value = (i * 7919) % 100_003;
      const octets = Uint8Array.of(1, value >> 16, (value >> 8) & 255, value & 255);
      expect(crl.find(octets, issuer)?.reason).toBe('keyCompromise');
    }
    expect(crl.find(Uint8Array.of(2, 0, 0, 0), issuer)).toBeUndefined();
  });
});
