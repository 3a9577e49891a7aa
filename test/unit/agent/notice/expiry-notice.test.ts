import { describe, expect, it } from 'vitest';
import { expiryNotice, withNotice } from '../../../../src/agent/notice/expiry-notice.ts';
import { parseCertificate } from '../../../../src/pki/index.ts';
import { TestCa } from '../../../testkit/test-ca.ts';

const issued = TestCa.root({ commonName: 'Root' }).issue({ commonName: 'laptop\u202e\n7' });
const certificate = parseCertificate(issued.der);
const used = { certificate, sha256: 'abc' };
const before = (days: number): Date => new Date(certificate.notAfter.getTime() - days * 86_400_000);
const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

describe('the notice that a certificate ends soon', () => {
  it('is given from the set number of days before the end, and not sooner', () => {
    expect(expiryNotice(used, 7, {}, before(7.01))).toBeUndefined();
    expect(expiryNotice(used, 7, {}, before(7))).toBeDefined();
    expect(expiryNotice(used, 7, {}, before(0.5))).toBeDefined();
  });

  it('is given once a day for a certificate', () => {
    const now = before(3);
    expect(expiryNotice(used, 7, { abc: dayOf(now) }, now)).toBeUndefined();
    expect(expiryNotice(used, 7, { abc: dayOf(before(4)) }, now)).toBeDefined();
    expect(expiryNotice(used, 7, { other: dayOf(now) }, now)).toBeDefined();
  });

  it('names the certificate and its last day, with nothing that could disguise them', () => {
    const { body = '' } = expiryNotice(used, 7, {}, before(3)) ?? {};
    expect(body).toMatch(/“CN=laptop.*7.*” ends on \d{4}-\d\d-\d\d /);
    expect(body).not.toMatch(/[\u202e\n]/);
  });

  it('is remembered for its day only', () => {
    const now = before(3);
    const told = withNotice({ old: dayOf(before(5)), other: dayOf(now) }, 'abc', now);
    expect(told).toEqual({ other: dayOf(now), abc: dayOf(now) });
  });
});
