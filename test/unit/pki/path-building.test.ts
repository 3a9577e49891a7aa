import { describe, expect, it } from 'vitest';
import {
  defaultPathLimits,
  type PathLimits,
  type PathRuleCode,
  type SignatureChecker,
} from '../../../src/pki/index.ts';
import { nodeSignatureChecker } from '../../../src/verifier/node-signature-checker.ts';
import {
  authorityKeyIdentifier,
  buildCa,
  buildCertificate,
  der,
  derExtension,
  dn,
  generalName,
  hoursFromTestTime,
  nameConstraints,
  subjectAlternativeName,
  subjectKeyIdentifier,
  testKey,
} from '../../testkit/pki-builder.ts';
import {
  combinedCase,
  cross,
  leafOf,
  meshCase,
  nameConstraintsCase,
  needleCase,
  policiesCase,
} from '../../testkit/pki-hard-cases.ts';
import { findPath, verdictOf, type PathInputs } from '../../testkit/pki-path.ts';

const root = cross('Root', 'Root');

const belowRoot = {
  subject: dn('A'),
  subjectKey: testKey('A'),
  issuer: dn('Root'),
  issuerKey: testKey('Root'),
};

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

/** The verdict of a search, and the work that it took. */
async function workOf(
  inputs: PathInputs,
): Promise<{ verdict: string; signatures: number; attempts: readonly PathRuleCode[] }> {
  const checker = countingChecker();
  const result = await findPath({ ...inputs, checker });
  return {
    verdict: result.ok ? 'ok' : `${result.code} at ${result.failure.certificateIndex}`,
    signatures: checker.count,
    attempts: result.attempts.map(({ failure }) => failure.code),
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

  it.each([
    ['is over', buildCa({ ...belowRoot, notAfter: hoursFromTestTime(-1) }), 'certificate_expired'],
    ['is no CA’s', buildCertificate(belowRoot), 'not_a_ca'],
    [
      'has an unknown critical extension',
      buildCa({ ...belowRoot, extensions: [derExtension('1.2.3', true, der(5))] }),
      'unknown_critical_extension',
    ],
  ])('checks no signature with the key of an issuer that %s', async (_, issuer, code) => {
    const { verdict, signatures } = await workOf({
      target: leafOf('A'),
      intermediates: [issuer],
      anchors: [root],
    });
    expect([verdict, signatures]).toEqual([`${code} at 1`, 0]);
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
  it('answers two CAs that certify each other, going round once', async () => {
    const intermediates = [cross('A', 'B'), cross('B', 'A')];
    const inputs = { target: leafOf('A'), intermediates, anchors: [root] };
    expect(await workOf(inputs)).toEqual({
      verdict: 'path_loop at 2',
      signatures: 2,
      attempts: ['path_loop'],
    });
  });

  it('finds a way past two CAs that certify each other', async () => {
    const intermediates = [cross('A', 'B'), cross('B', 'A'), cross('B', 'Root')];
    expect(await verdictOf({ target: leafOf('A'), intermediates, anchors: [root] })).toBe('ok');
  });

  it('gives up 37 certificates with 4^9 paths, none of them right, at the number of paths', async () => {
    const { verdict, signatures, attempts } = await workOf(meshCase());
    expect(verdict).toBe('no_issuer_found at 9');
    expect(attempts).toEqual([
      ...Array.from({ length: defaultPathLimits.maxPaths }, () => 'no_issuer_found'),
      'too_many_paths',
    ]);
    // At most one for each certificate, however many paths it is part of.
    expect(signatures).toBeLessThanOrEqual(37);
  });

  it('finds one of 4^9 paths without a detour where all are right', async () => {
    expect(await workOf(meshCase(cross('Top', 'Top')))).toEqual({
      verdict: 'ok',
      signatures: 10,
      attempts: [],
    });
  });

  it('finds the one right path among 4^9 by its signatures, level for level', async () => {
    const { verdict, signatures, attempts } = await workOf(needleCase());
    expect(verdict).toBe('ok');
    // On each of nine levels, three of the four CAs at most are tried in vain.
    expect(attempts.length).toBeLessThanOrEqual(9 * 3);
    expect(new Set(attempts)).toEqual(new Set(['signature_invalid']));
    expect(signatures).toBeLessThanOrEqual(9 * 4 + 1);
  });

  it('stops at the number of paths, and says so among the attempts', async () => {
    const { attempts } = await workOf({ ...meshCase(), limits: { maxPaths: 5 } });
    expect(attempts).toEqual([
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

  it('compares one name with 10,000 constraints once each, and stops where names multiply them', async () => {
    const one = nameConstraintsCase(1);
    const limits = { maxNameComparisons: 10_000 };
    expect(await verdictOf({ ...one, limits })).toBe('ok');
    expect(await verdictOf({ ...one, limits: { maxNameComparisons: 9_999 } })).toBe(
      'too_many_name_comparisons at 0',
    );
    const many = nameConstraintsCase(10_000);
    expect(await verdictOf(many)).toBe('too_many_name_comparisons at 0');
  });

  it('works on policies and mappings that multiply no more than they add up (CVE-2023-0464)', async () => {
    const inputs = policiesCase();
    expect(await workOf(inputs)).toEqual({
      verdict: expect.stringMatching(/^too_many_policies/) as string,
      signatures: 9,
      attempts: ['too_many_policies'],
    });
    // On each level, 40 × 40 mappings and 40 × 40 edges that each carry up to 40 policies on.
    const limits = { maxPolicySteps: 8 * (40 * 40 + 40 * 40 * 41) };
    expect(await verdictOf({ ...inputs, limits })).toBe('ok');
  });

  it('has one budget for all paths, whatever of all this is combined', async () => {
    const inputs = combinedCase();
    const endOf = async (limits: Partial<PathLimits>) => {
      const { verdict, signatures, attempts } = await workOf({ ...inputs, limits });
      expect(verdict).toBe('name_excluded at 0');
      expect(signatures).toBeLessThanOrEqual(37);
      expect(attempts.length).toBeLessThanOrEqual(defaultPathLimits.maxPaths + 1);
      return attempts.at(-1);
    };
    // Each path by itself is within each limit: the first one is refused for its name alone.
    expect(await endOf({})).toBe('too_many_policies');
    const maxPolicySteps = Infinity;
    expect(await endOf({ maxPolicySteps })).toBe('too_many_name_comparisons');
    expect(await endOf({ maxPolicySteps, maxNameComparisons: Infinity })).toBe('too_many_paths');
  });
});
