import { describe, expect, it } from 'vitest';
import type { SignatureChecker } from '../../../src/pki/index.ts';
import { nodeSignatureChecker } from '../../../src/verifier/node-signature-checker.ts';
import {
  authorityKeyIdentifier,
  buildCa,
  buildCertificate,
  certificatePolicies,
  dn,
  generalName,
  hoursFromTestTime,
  nameConstraints,
  policyMappings,
  subjectAlternativeName,
  subjectKeyIdentifier,
  testKey,
} from '../../testkit/pki-builder.ts';
import { findPath, verdictOf } from '../../testkit/pki-path.ts';

/** A CA certificate for one name and key by another; both keys are called as the names. */
const cross = (subject: string, issuer: string, fields: Parameters<typeof buildCa>[0] = {}) =>
  buildCa({
    subject: dn(subject),
    subjectKey: testKey(subject),
    issuer: dn(issuer),
    issuerKey: testKey(issuer),
    ...fields,
  });
const leafOf = (issuer: string, extensions: Buffer[] = []) =>
  buildCertificate({ issuer: dn(issuer), issuerKey: testKey(issuer), extensions });
const root = cross('Root', 'Root');

/** Counts what it is asked. */
function countingChecker(): SignatureChecker & { count: number } {
  return {
    count: 0,
    verify(request) {
      this.count++;
      return nodeSignatureChecker.verify(request);
    },
  };
}

describe('path building', () => {
  it('finds the way whatever the order of the certificates and however often they come', async () => {
    const intermediates = [cross('A', 'Root'), cross('B', 'A'), cross('C', 'B')];
    for (const offered of [intermediates, [...intermediates, ...intermediates].reverse()]) {
      expect(
        await verdictOf({ target: leafOf('C'), intermediates: offered, anchors: [root] }),
      ).toBe('ok');
    }
  });

  it('says that nobody known issued the target', async () => {
    expect(await verdictOf({ target: leafOf('Nobody'), anchors: [root] })).toBe(
      'no_issuer_found at 0',
    );
    const inputs = { target: leafOf('A'), intermediates: [cross('A', 'Gone')], anchors: [root] };
    expect(await verdictOf(inputs)).toBe('no_issuer_found at 1');
  });

  it('backtracks out of an expired twin of a CA', async () => {
    const expired = cross('A', 'Root', { notAfter: hoursFromTestTime(-1) });
    const intermediates = [expired, cross('A', 'Root')];
    const result = await findPath({ target: leafOf('A'), intermediates, anchors: [root] });
    expect(result.ok).toBe(true);
  });

  it('backtracks out of a cross-certificate that leads nowhere, and tells of it', async () => {
    const intermediates = [cross('A', 'Foreign'), cross('Foreign', 'Foreign'), cross('A', 'Root')];
    const extensions = [authorityKeyIdentifier(testKey('A'))];
    const inputs = { target: leafOf('A', extensions), intermediates, anchors: [root] };
    expect(await verdictOf(inputs)).toBe('ok');
    const without = await findPath({ ...inputs, intermediates: intermediates.slice(0, 2) });
    expect(without.ok || without.attempts.map(({ failure }) => failure.code)).toEqual([
      'path_loop',
    ]);
  });

  it('backtracks out of an anchor with the right name and another key', async () => {
    const namesake = buildCa({ subject: dn('Root'), subjectKey: testKey('namesake') });
    const result = await findPath({ target: leafOf('Root'), anchors: [namesake, root] });
    expect(result.ok && result.attempts.map(({ failure }) => failure.code)).toEqual([
      'signature_invalid',
    ]);
  });

  it('backtracks where the rules refuse the first complete path', async () => {
    const constrained = cross('A', 'Root', {
      extensions: [nameConstraints([generalName.dns('inside.test')])],
    });
    const target = leafOf('A', [subjectAlternativeName(generalName.dns('outside.test'))]);
    const intermediates = [constrained, cross('A', 'Root')];
    const result = await findPath({ target, intermediates, anchors: [root] });
    expect(result.ok && result.attempts.map(({ failure }) => failure.code)).toEqual([
      'name_not_permitted',
    ]);
  });

  it('tries first the issuer whose key identifier fits', async () => {
    const namesakes = ['x', 'y', 'z', 'A'].map((label) =>
      cross('A', 'Root', {
        subjectKey: testKey(label),
        extensions: [subjectKeyIdentifier(testKey(label))],
      }),
    );
    const checker = countingChecker();
    const target = leafOf('A', [authorityKeyIdentifier(testKey('A'))]);
    const inputs = { target, intermediates: namesakes, anchors: [root], checker };
    expect(await verdictOf(inputs)).toBe('ok');
    expect(checker.count).toBe(2);
  });

  it('uses an issuer whose key identifier does not fit, if its key does', async () => {
    const intermediates = [
      cross('A', 'Root', { extensions: [subjectKeyIdentifier(testKey('other'))] }),
    ];
    const target = leafOf('A', [authorityKeyIdentifier(testKey('A'))]);
    expect(await verdictOf({ target, intermediates, anchors: [root] })).toBe('ok');
  });

  it('takes the nearer way to an anchor first', async () => {
    const intermediates = [
      cross('A', 'B'),
      cross('B', 'C'),
      cross('C', 'Root'),
      cross('A', 'Root'),
    ];
    const result = await findPath({ target: leafOf('A'), intermediates, anchors: [root] });
    expect(result.ok && result.path.certificates.length).toBe(2);
  });

  it('does not need the anchor’s certificate to be left out of what is offered', async () => {
    const inputs = {
      target: leafOf('A'),
      intermediates: [root, cross('A', 'Root')],
      anchors: [root],
    };
    const result = await findPath(inputs);
    expect(result.ok && result.attempts).toEqual([]);
  });

  it('prefers to tell of the attempt that came farthest', async () => {
    const stale = leafOf('A', []);
    const expired = buildCertificate({
      issuer: dn('A'),
      issuerKey: testKey('A'),
      notAfter: hoursFromTestTime(-1),
    });
    const intermediates = [cross('A', 'Foreign'), cross('A', 'Root')];
    expect(await verdictOf({ target: expired, intermediates, anchors: [root] })).toBe(
      'certificate_expired at 0',
    );
    expect(await verdictOf({ target: stale, intermediates, anchors: [root] })).toBe('ok');
  });

  it('checks no signature twice', async () => {
    const checker = countingChecker();
    const intermediates = [cross('A', 'B'), cross('B', 'Root'), cross('B', 'Other')];
    const other = cross('Other', 'Other', { notAfter: hoursFromTestTime(-1) });
    const inputs = { target: leafOf('A'), intermediates, anchors: [other, root], checker };
    expect(await verdictOf(inputs)).toBe('ok');
    expect(checker.count).toBeLessThanOrEqual(4);
  });

  it('works with a checker that answers later', async () => {
    const checker: SignatureChecker = {
      verify: (request) => Promise.resolve(nodeSignatureChecker.verify(request)),
    };
    expect(await verdictOf({ target: leafOf('Root'), anchors: [root], checker })).toBe('ok');
    const forged = buildCertificate({ issuer: dn('Root'), issuerKey: testKey('forger') });
    expect(await verdictOf({ target: forged, anchors: [root], checker })).toBe(
      'signature_invalid at 0',
    );
  });
});

describe('limits', () => {
  const timed = async (inputs: Parameters<typeof verdictOf>[0]): Promise<[string, number]> => {
    // Processor time, which a busy machine does not stretch.
    const start = process.cpuUsage();
    const verdict = await verdictOf(inputs);
    const { user, system } = process.cpuUsage(start);
    return [verdict, (user + system) / 1000];
  };
  // Keys are made and code is warm before anything is timed.
  const timeLimit = 200;

  it('answers two CAs that certify each other', async () => {
    const intermediates = [cross('A', 'B'), cross('B', 'A')];
    const [verdict, elapsed] = await timed({ target: leafOf('A'), intermediates, anchors: [root] });
    expect(verdict).toBe('path_loop at 2');
    expect(elapsed).toBeLessThan(timeLimit);
  });

  it('finds a way past two CAs that certify each other', async () => {
    const intermediates = [cross('A', 'B'), cross('B', 'A'), cross('B', 'Root')];
    expect(await verdictOf({ target: leafOf('A'), intermediates, anchors: [root] })).toBe('ok');
  });

  it('answers 37 certificates with 4^9 paths, where no path is right and where one is', async () => {
    const levels = Array.from({ length: 9 }, (_, level) =>
      Array.from({ length: 4 }, (_, twin) =>
        buildCa({
          subject: dn(`L${level}`),
          subjectKey: testKey(`L${level}-${twin}`),
          issuer: dn(level === 8 ? 'Top' : `L${level + 1}`),
          issuerKey: testKey(level === 8 ? 'Top' : `L${level + 1}-${twin}`),
        }),
      ),
    );
    const sameKeys = Array.from({ length: 9 }, (_, level) =>
      Array.from({ length: 4 }, () => cross(`M${level}`, level === 8 ? 'Top' : `M${level + 1}`)),
    );
    await verdictOf({ target: leafOf('M0'), intermediates: sameKeys.flat(), anchors: [root] });
    const mesh = { target: leafOf('M0'), intermediates: sameKeys.flat() };
    const [dead, deadTime] = await timed({ ...mesh, anchors: [root] });
    expect(dead).toBe('no_issuer_found at 9');
    expect(deadTime).toBeLessThan(timeLimit);
    const [found, foundTime] = await timed({ ...mesh, anchors: [cross('Top', 'Top')] });
    expect(found).toBe('ok');
    expect(foundTime).toBeLessThan(timeLimit);
    const target = buildCertificate({ issuer: dn('L0'), issuerKey: testKey('L0-2') });
    const inputs = { target, intermediates: levels.flat(), anchors: [cross('Top', 'Top')] };
    const [needle, needleTime] = await timed(inputs);
    expect(needle).toBe('ok');
    expect(needleTime).toBeLessThan(timeLimit);
  });

  it('stops at the number of paths, and says so among the attempts', async () => {
    const intermediates = Array.from({ length: 9 }, (_, level) =>
      Array.from({ length: 4 }, () => cross(`M${level}`, level === 8 ? 'Top' : `M${level + 1}`)),
    ).flat();
    const result = await findPath({
      target: leafOf('M0'),
      intermediates,
      anchors: [root],
      limits: { maxPaths: 5 },
    });
    expect(result.attempts.map(({ failure }) => failure.code)).toEqual([
      ...Array.from({ length: 5 }, () => 'no_issuer_found'),
      'too_many_paths',
    ]);
  });

  it('stops at the number of signatures', async () => {
    const intermediates = Array.from({ length: 8 }, (_, i) =>
      cross('A', 'Root', { subjectKey: testKey(`namesake-${i}`) }),
    );
    const checker = countingChecker();
    const inputs = { target: leafOf('A'), intermediates, anchors: [root], checker };
    const result = await findPath({ ...inputs, limits: { maxSignatures: 3 } });
    expect(result.ok).toBe(false);
    expect(result.attempts.at(-1)?.failure.code).toBe('too_many_signatures');
    expect(checker.count).toBe(3);
  });

  it('stops at the depth', async () => {
    const intermediates = [cross('A', 'B'), cross('B', 'C'), cross('C', 'Root')];
    const inputs = { target: leafOf('A'), intermediates, anchors: [root] };
    expect(await verdictOf({ ...inputs, limits: { maxDepth: 3 } })).toBe('path_too_deep at 2');
    expect(await verdictOf({ ...inputs, limits: { maxDepth: 4 } })).toBe('ok');
  });

  it('looks at no more certificates than allowed', async () => {
    const intermediates = [cross('A', 'Root'), cross('B', 'Root')];
    const inputs = { target: leafOf('A'), intermediates, anchors: [root] };
    expect(await verdictOf({ ...inputs, limits: { maxCertificates: 1 } })).toBe(
      'too_many_certificates at 0',
    );
  });

  it('answers 10,000 name constraints, and stops where names multiply them', async () => {
    const bases = Array.from({ length: 10_000 }, (_, i) => generalName.dns(`h${i}.test`));
    const anchors = [buildCa({ extensions: [nameConstraints(bases)] })];
    const last = buildCertificate({
      extensions: [subjectAlternativeName(generalName.dns('x.h9999.test'))],
    });
    await verdictOf({ target: last, anchors });
    const [one, oneTime] = await timed({ target: last, anchors });
    expect(one).toBe('ok');
    expect(oneTime).toBeLessThan(timeLimit);
    const names = Array.from({ length: 10_000 }, () => generalName.dns('h9999.test'));
    const many = buildCertificate({ extensions: [subjectAlternativeName(...names)] });
    const [all, allTime] = await timed({ target: many, anchors });
    expect(all).toBe('too_many_name_comparisons at 0');
    expect(allTime).toBeLessThan(timeLimit);
  });

  it('answers in half a second whatever of all this is combined', async () => {
    const policies = Array.from({ length: 12 }, (_, i) => `1.2.3.${i}`);
    const mappings = policies.flatMap((a) => policies.map((b) => [a, b] as const));
    const bases = Array.from({ length: 50 }, (_, i) => generalName.dns(`h${i}.test`));
    const extensions = [
      certificatePolicies(...policies),
      policyMappings(...mappings),
      nameConstraints([], bases),
    ];
    const intermediates = Array.from({ length: 9 }, (_, level) =>
      Array.from({ length: 4 }, () =>
        cross(`M${level}`, level === 8 ? 'Top' : `M${level + 1}`, { extensions }),
      ),
    ).flat();
    const names = Array.from({ length: 50 }, () => generalName.dns('free.test'));
    const target = leafOf('M0', [
      certificatePolicies(...policies),
      subjectAlternativeName(...names, generalName.dns('x.h49.test')),
    ]);
    const inputs = { target, intermediates, anchors: [cross('Top', 'Top')] };
    await verdictOf(inputs);
    const [verdict, elapsed] = await timed(inputs);
    expect(verdict).toMatch(/^(name_excluded|too_many_)/);
    expect(elapsed).toBeLessThan(500);
  });

  it('answers policies and mappings that multiply (CVE-2023-0464)', async () => {
    const policies = Array.from({ length: 40 }, (_, i) => `1.2.3.${i}`);
    const all = policies.flatMap((a) => policies.map((b) => [a, b] as const));
    const extensions = [certificatePolicies(...policies), policyMappings(...all)];
    const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
    const intermediates = names.map((name, i) =>
      cross(name, names[i + 1] ?? 'Root', { extensions }),
    );
    const target = leafOf('A', [certificatePolicies(...policies)]);
    await verdictOf({ target, intermediates, anchors: [root] });
    const [verdict, elapsed] = await timed({ target, intermediates, anchors: [root] });
    expect(verdict).toMatch(/^too_many_policies/);
    expect(elapsed).toBeLessThan(timeLimit);
  });
});
