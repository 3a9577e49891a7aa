/** RFC 5280 section 6.1, rule by rule: each test fails when its check is taken out. */
import { describe, expect, it } from 'vitest';
import {
  defaultAlgorithmPolicy,
  oids,
  parseCertificate,
  parsePublicKey,
  pathRules,
  trustAnchorFromCertificate,
} from '../../../src/pki/index.ts';
import { validatePath } from '../../../src/pki/path-validation.ts';
import { SignatureSession } from '../../../src/pki/signature-session.ts';
import { defaultPathLimits, WorkBudget } from '../../../src/pki/work-budget.ts';
import { nodeSignatureChecker } from '../../../src/verifier/index.ts';
import {
  basicConstraints,
  buildCa,
  buildCertificate,
  certificatePolicies,
  der,
  derExtension,
  derInteger,
  derOid,
  dn,
  extendedKeyUsage,
  generalName,
  hoursFromTestTime,
  inhibitAnyPolicy,
  keyUsage,
  nameConstraints,
  policyConstraints,
  policyMappings,
  rsaKey,
  subjectAlternativeName,
  testKey,
  testTime,
} from '../../testkit/pki-builder.ts';
import { findPath, verdictOf } from '../../testkit/pki-path.ts';

const below = { issuer: dn('Sub'), issuerKey: testKey('sub') };
const sub = (fields: Parameters<typeof buildCa>[0] = {}) =>
  buildCa({
    subject: dn('Sub'),
    subjectKey: testKey('sub'),
    issuer: dn('CA'),
    issuerKey: testKey('ca'),
    ...fields,
  });
const unknownCritical = derExtension('1.2.3.4.5', true, der(0x05));

describe('a simple path', () => {
  it('is accepted below a root and explains itself', async () => {
    const result = await findPath({ target: buildCertificate() });
    expect(result.ok && result.path.certificates.length).toBe(1);
    expect(result.ok && result.path.revocation).toEqual([{ status: 'not_checked' }]);
  });

  it('is accepted through an intermediate CA, target first', async () => {
    const result = await findPath({ target: buildCertificate(below), intermediates: [sub()] });
    expect(result.ok && result.path.certificates.map((c) => c.der.length > 0)).toEqual([
      true,
      true,
    ]);
  });

  it('is accepted below an intermediate CA that is itself the anchor', async () => {
    expect(await verdictOf({ target: buildCertificate(below), anchors: [sub()] })).toBe('ok');
  });
});

describe('basic certificate processing', () => {
  it('refuses a signature by another key', async () => {
    const target = buildCertificate({ issuerKey: testKey('other') });
    expect(await verdictOf({ target })).toBe('signature_invalid at 0');
  });

  it('refuses a changed certificate', async () => {
    const target = Buffer.from(buildCertificate({ subject: dn('victim') }));
    target[target.indexOf('victim')] = 'V'.charCodeAt(0);
    expect(await verdictOf({ target })).toBe('signature_invalid at 0');
  });

  it.each([
    ['certificate_not_yet_valid', { notBefore: hoursFromTestTime(1) }],
    ['certificate_expired', { notAfter: hoursFromTestTime(-1) }],
  ])('refuses a target with %s', async (code, fields) => {
    expect(await verdictOf({ target: buildCertificate(fields) })).toBe(`${code} at 0`);
  });

  it.each([
    ['certificate_not_yet_valid', { notBefore: hoursFromTestTime(1) }],
    ['certificate_expired', { notAfter: hoursFromTestTime(-1) }],
  ])('refuses an intermediate with %s', async (code, fields) => {
    const inputs = { target: buildCertificate(below), intermediates: [sub(fields)] };
    expect(await verdictOf(inputs)).toBe(`${code} at 1`);
  });

  it('accepts a certificate in the very second it begins and ends', async () => {
    const fields = { notBefore: hoursFromTestTime(0), notAfter: hoursFromTestTime(0) };
    expect(await verdictOf({ target: buildCertificate(fields) })).toBe('ok');
  });

  it('says in words when a certificate was valid', async () => {
    const notAfter = hoursFromTestTime(-1);
    const result = await findPath({ target: buildCertificate({ notAfter }) });
    expect(result.ok ? '' : result.failure.message).toMatch(
      /^The certificate has expired\. Valid until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.$/,
    );
  });

  it('takes no time that is none', async () => {
    const time = new Date(NaN);
    await expect(findPath({ target: buildCertificate(), time })).rejects.toThrow(TypeError);
  });

  it('never chains two certificates without a name', async () => {
    const anchor = buildCa({ subject: der(0x30) });
    const target = buildCertificate({ issuer: der(0x30) });
    expect(await verdictOf({ target, anchors: [anchor] })).toBe('issuer_name_mismatch at 0');
  });
});

describe('algorithms and keys', () => {
  it('refuses SHA-1 and MD5 by default, and an unknown algorithm always', async () => {
    const key = rsaKey('ca');
    const anchors = [buildCa({ subjectKey: key })];
    for (const oid of ['1.2.840.113549.1.1.5', '1.2.840.113549.1.1.4', '1.2.840.113549.1.1.99']) {
      const algorithm = der(0x30, derOid(oid), der(0x05));
      const target = buildCertificate({ issuerKey: key, algorithm });
      expect(await verdictOf({ target, anchors })).toBe('signature_algorithm_not_allowed at 0');
    }
  });

  it('refuses an algorithm that does not fit the key', async () => {
    const algorithm = der(0x30, derOid('1.2.840.113549.1.1.11'), der(0x05));
    const target = buildCertificate({ algorithm });
    expect(await verdictOf({ target })).toBe('signature_algorithm_mismatch at 0');
  });

  it('refuses parameters that the algorithm does not have', async () => {
    const algorithm = der(0x30, derOid('1.2.840.10045.4.3.2'), der(0x05));
    const target = buildCertificate({ algorithm });
    expect(await verdictOf({ target })).toBe('signature_algorithm_not_allowed at 0');
  });

  it('refuses a CA key below the minimum size', async () => {
    const key = rsaKey('small', 1024);
    const anchors = [buildCa({ subjectKey: key })];
    const target = buildCertificate({ issuerKey: key });
    expect(await verdictOf({ target, anchors })).toBe('public_key_not_allowed at 0');
  });

  it('refuses a target key below the minimum size unless the anchor’s policy allows it', async () => {
    const target = buildCertificate({ subjectKey: rsaKey('small', 1024) });
    expect(await verdictOf({ target })).toBe('public_key_not_allowed at 0');
    const algorithmPolicy = { ...defaultAlgorithmPolicy, rsaMinimumBits: 1024 };
    const anchor = trustAnchorFromCertificate(parseCertificate(buildCa()), { algorithmPolicy });
    expect(await verdictOf({ target, anchors: [anchor] })).toBe('ok');
  });

  /** An RSA key of a size that nobody would like to generate; no signature verifies with it. */
  const hugeKey = (bits: number): Buffer => {
    const modulus = der(2, Buffer.of(0), Buffer.alloc(bits / 8, 0xff));
    const key = der(0x30, modulus, derInteger(65_537));
    const algorithm = der(0x30, derOid('1.2.840.113549.1.1.1'), der(5));
    return der(0x30, algorithm, der(3, Buffer.of(0), key));
  };

  it('refuses a key beyond the maximum size', async () => {
    expect(await verdictOf({ target: buildCertificate({ spki: hugeKey(8192) }) })).toBe('ok');
    expect(await verdictOf({ target: buildCertificate({ spki: hugeKey(8200) }) })).toBe(
      'public_key_not_allowed at 0',
    );
  });

  it('never tries a signature with a key that costs too much, whatever the policy', async () => {
    const algorithm = der(0x30, derOid('1.2.840.113549.1.1.11'), der(5));
    const target = buildCertificate({ ...below, algorithm, signature: Buffer.alloc(2056, 1) });
    const checker = {
      verify: () => {
        throw new Error('The checker was asked.');
      },
    };
    const algorithmPolicy = { ...defaultAlgorithmPolicy, rsaMaximumBits: 100_000 };
    const intermediates = [sub({ spki: hugeKey(16_448) })];
    expect(await verdictOf({ target, intermediates, checker, algorithmPolicy })).toBe(
      'public_key_not_allowed at 0',
    );
  });

  it('refuses a curve that the anchor’s policy does not name', async () => {
    const algorithmPolicy = { ...defaultAlgorithmPolicy, curves: ['P-384'] as const };
    const key = rsaKey('ca');
    const anchors = [buildCa({ subjectKey: key })];
    const target = buildCertificate({ issuerKey: key });
    expect(await verdictOf({ target, anchors })).toBe('ok');
    expect(await verdictOf({ target, anchors, algorithmPolicy })).toBe(
      'public_key_not_allowed at 0',
    );
  });

  it('refuses a key over a curve that it spells out itself', async () => {
    const explicit = der(0x30, derOid('1.2.840.10045.2.1'), der(0x30, derInteger(1)));
    const spki = der(0x30, explicit, der(0x03, Buffer.of(0), Buffer.alloc(65, 4)));
    const spelled = buildCertificate({ spki });
    expect(await verdictOf({ target: spelled })).toBe('public_key_not_allowed at 0');
  });
});

describe('certification authority', () => {
  it('refuses an issuer without basic constraints, or with cA false', async () => {
    const base = {
      subject: dn('Sub'),
      subjectKey: testKey('sub'),
      extensions: [keyUsage('keyCertSign')],
    };
    for (const extensions of [base.extensions, [basicConstraints(false), ...base.extensions]]) {
      const intermediate = buildCertificate({ ...base, extensions });
      const inputs = { target: buildCertificate(below), intermediates: [intermediate] };
      expect(await verdictOf(inputs)).toBe('not_a_ca at 1');
    }
  });

  it('refuses a version 1 certificate as issuer', async () => {
    const v1 = buildCertificate({
      subject: dn('Sub'),
      subjectKey: testKey('sub'),
      version: Buffer.alloc(0),
    });
    const inputs = { target: buildCertificate(below), intermediates: [v1] };
    expect(await verdictOf(inputs)).toBe('not_a_ca at 1');
  });

  it('refuses an issuer whose key is not for certificates', async () => {
    const intermediate = buildCertificate({
      subject: dn('Sub'),
      subjectKey: testKey('sub'),
      extensions: [basicConstraints(true), keyUsage('cRLSign')],
    });
    const inputs = { target: buildCertificate(below), intermediates: [intermediate] };
    expect(await verdictOf(inputs)).toBe('key_usage_without_cert_sign at 1');
  });

  it('holds to the path length of a CA above', async () => {
    const anchors = [buildCa({ pathLength: 0 })];
    const inputs = { target: buildCertificate(below), intermediates: [sub()], anchors };
    expect(await verdictOf(inputs)).toBe('path_length_exceeded at 1');
    expect(await verdictOf({ target: buildCertificate(), anchors })).toBe('ok');
  });

  it('does not count a self-issued certificate against the path length', async () => {
    const rollover = buildCa({ subjectKey: testKey('ca2'), issuerKey: testKey('ca') });
    const inputs = {
      target: buildCertificate({ issuerKey: testKey('ca2') }),
      intermediates: [rollover],
      anchors: [buildCa({ pathLength: 0 })],
    };
    expect(await verdictOf(inputs)).toBe('ok');
  });

  it.each([
    ['target', { target: buildCertificate({ extensions: [unknownCritical] }) }, 0],
    [
      'intermediate',
      {
        target: buildCertificate(below),
        intermediates: [sub({ extensions: [unknownCritical] })],
      },
      1,
    ],
  ])('refuses an unknown critical extension in the %s', async (_, inputs, index) => {
    expect(await verdictOf(inputs)).toBe(`unknown_critical_extension at ${index}`);
  });

  it('does not mind an unknown extension that is not critical', async () => {
    const extensions = [derExtension('1.2.3.4.5', false, der(0x05))];
    expect(await verdictOf({ target: buildCertificate({ extensions }) })).toBe('ok');
  });
});

describe('purpose', () => {
  const requiredPurposes = [oids.clientAuth];
  const serverOnly = [extendedKeyUsage(oids.serverAuth)];

  it('accepts the purpose, any purpose, and none stated', async () => {
    for (const purposes of [[oids.clientAuth, oids.serverAuth], [oids.anyExtendedKeyUsage]]) {
      const target = buildCertificate({ extensions: [extendedKeyUsage(...purposes)] });
      expect(await verdictOf({ target, requiredPurposes })).toBe('ok');
    }
    expect(await verdictOf({ target: buildCertificate(), requiredPurposes })).toBe('ok');
  });

  it('refuses a target for another purpose', async () => {
    const target = buildCertificate({ extensions: serverOnly });
    expect(await verdictOf({ target, requiredPurposes })).toBe('purpose_not_allowed at 0');
  });

  it('refuses a path through a CA for another purpose', async () => {
    const target = buildCertificate(below);
    const intermediates = [sub({ extensions: serverOnly })];
    const inputs = { target, intermediates, requiredPurposes };
    expect(await verdictOf(inputs)).toBe('purpose_not_allowed at 1');
  });

  it('lets the anchor’s own purposes replace the request’s', async () => {
    const target = buildCertificate({ extensions: serverOnly });
    const settings = { requiredPurposes: [oids.serverAuth] };
    const anchor = trustAnchorFromCertificate(parseCertificate(buildCa()), settings);
    expect(await verdictOf({ target, anchors: [anchor], requiredPurposes })).toBe('ok');
  });

  it('refuses a key whose usage lacks what is asked', async () => {
    const requiredKeyUsages = ['digitalSignature'] as const;
    const wrong = buildCertificate({ extensions: [keyUsage('keyEncipherment')] });
    expect(await verdictOf({ target: wrong, requiredKeyUsages })).toBe(
      'key_usage_not_allowed at 0',
    );
    const right = buildCertificate({ extensions: [keyUsage('digitalSignature')] });
    expect(await verdictOf({ target: right, requiredKeyUsages })).toBe('ok');
  });
});

describe('trust anchor', () => {
  it('refuses the anchor itself as target, whichever certificate it comes in', async () => {
    const anchor = buildCa();
    expect(await verdictOf({ target: anchor, anchors: [anchor] })).toBe(
      'target_is_trust_anchor at 0',
    );
    const device = buildCertificate({ subject: dn('device'), subjectKey: testKey('device') });
    expect(await verdictOf({ target: device, anchors: [device] })).toBe(
      'target_is_trust_anchor at 0',
    );
  });

  it.each([
    ['anchor_expired', buildCa({ notAfter: hoursFromTestTime(-1) })],
    ['anchor_not_yet_valid', buildCa({ notBefore: hoursFromTestTime(1) })],
    ['anchor_not_ca', buildCertificate({ subject: dn('CA'), subjectKey: testKey('ca') })],
    ['anchor_unknown_critical_extension', buildCa({ extensions: [unknownCritical] })],
  ])('refuses by %s, unless its certificate does not bind', async (code, certificate) => {
    const target = buildCertificate();
    expect(await verdictOf({ target, anchors: [certificate] })).toBe(`${code} at 1`);
    const settings = { certificateBinds: false };
    const anchor = trustAnchorFromCertificate(parseCertificate(certificate), settings);
    expect(await verdictOf({ target, anchors: [anchor] })).toBe('ok');
  });

  it('holds to the name constraints and purposes in the anchor’s certificate', async () => {
    const extensions = [
      nameConstraints([generalName.dns('inside.test')]),
      extendedKeyUsage(oids.serverAuth),
    ];
    const anchors = [buildCa({ extensions })];
    const outside = buildCertificate({
      extensions: [subjectAlternativeName(generalName.dns('outside.test'))],
    });
    expect(await verdictOf({ target: outside, anchors })).toBe('name_not_permitted at 0');
    const requiredPurposes = [oids.clientAuth];
    expect(await verdictOf({ target: buildCertificate(), anchors, requiredPurposes })).toBe(
      'purpose_not_allowed at 1',
    );
  });

  it('holds to constraints that the administrator sets', async () => {
    const constraint = { form: 'dNSName', value: 'inside.test' } as const;
    const anchor = trustAnchorFromCertificate(parseCertificate(buildCa()), {
      nameConstraints: { permitted: [constraint], excluded: [] },
    });
    const extensions = [subjectAlternativeName(generalName.dns('outside.test'))];
    const target = buildCertificate({ extensions });
    expect(await verdictOf({ target, anchors: [anchor] })).toBe('name_not_permitted at 0');
  });

  it('may be a bare name and key', async () => {
    const { subject } = parseCertificate(buildCa());
    const publicKey = parsePublicKey(testKey('ca').spki);
    const anchor = { subject, publicKey, certificate: undefined, certificateBinds: true };
    expect(await verdictOf({ target: buildCertificate(), anchors: [anchor] })).toBe('ok');
  });
});

describe('certificate policies', () => {
  const [gold, silver] = ['1.2.3.1', '1.2.3.2'];
  const policyInputs = {
    initialPolicySet: [gold],
    initialExplicitPolicy: true,
    initialPolicyMappingInhibit: false,
    initialAnyPolicyInhibit: false,
  };
  const path = (subPolicies: Buffer[], targetPolicies: Buffer[], anchors = [buildCa()]) => ({
    target: buildCertificate({ ...below, extensions: targetPolicies }),
    intermediates: [sub({ extensions: subPolicies })],
    anchors,
  });

  it('accepts a policy that every certificate asserts and the caller accepts', async () => {
    const inputs = path([certificatePolicies(gold)], [certificatePolicies(gold)]);
    const result = await findPath({ ...inputs, policyInputs });
    expect(result.ok && [...result.path.policies.userConstrained]).toEqual([gold]);
  });

  it.each([
    ['the target asserts none', path([certificatePolicies(gold)], [])],
    [
      'the target asserts another',
      path([certificatePolicies(gold)], [certificatePolicies(silver)]),
    ],
    ['all assert another', path([certificatePolicies(silver)], [certificatePolicies(silver)])],
  ])('refuses where an explicit policy is asked and %s', async (_, inputs) => {
    expect(await verdictOf({ ...inputs, policyInputs })).toBe('no_acceptable_policy at 0');
    expect(await verdictOf(inputs)).toBe('ok');
  });

  it('follows a mapping, unless it is inhibited', async () => {
    const extensions = [certificatePolicies(gold), policyMappings([gold, silver])];
    const inputs = path(extensions, [certificatePolicies(silver)]);
    expect(await verdictOf({ ...inputs, policyInputs })).toBe('ok');
    const inhibited = { ...policyInputs, initialPolicyMappingInhibit: true };
    expect(await verdictOf({ ...inputs, policyInputs: inhibited })).toBe(
      'no_acceptable_policy at 0',
    );
  });

  it('refuses to map anyPolicy', async () => {
    for (const mapping of [
      [oids.anyPolicy, gold],
      [gold, oids.anyPolicy],
    ] as const) {
      const extensions = [certificatePolicies(gold), policyMappings(mapping)];
      expect(await verdictOf(path(extensions, []))).toBe('any_policy_mapped at 1');
    }
  });

  it('stops honouring anyPolicy where a CA inhibits it', async () => {
    const any = [certificatePolicies(oids.anyPolicy)];
    expect(await verdictOf({ ...path(any, any), policyInputs })).toBe('ok');
    const inhibiting = [...any, inhibitAnyPolicy(0)];
    expect(await verdictOf({ ...path(inhibiting, any), policyInputs })).toBe(
      'no_acceptable_policy at 0',
    );
    const inhibited = { ...policyInputs, initialAnyPolicyInhibit: true };
    expect(await verdictOf({ ...path(any, any), policyInputs: inhibited })).toBe(
      'no_acceptable_policy at 1',
    );
  });

  it('requires an explicit policy where a CA, the anchor or the target says so', async () => {
    const demand = policyConstraints(0);
    expect(await verdictOf(path([demand], []))).toBe('no_acceptable_policy at 0');
    const anchors = [buildCa({ extensions: [demand] })];
    expect(await verdictOf(path([], [], anchors))).toBe('no_acceptable_policy at 1');
    expect(await verdictOf(path([], [demand]))).toBe('no_acceptable_policy at 0');
  });

  it('takes the policies in the anchor’s certificate as a bound', async () => {
    const anchors = [buildCa({ extensions: [certificatePolicies(silver)] })];
    const inputs = path([certificatePolicies(gold)], [certificatePolicies(gold)], anchors);
    expect(await verdictOf({ ...inputs, policyInputs })).toBe('no_acceptable_policy at 0');
  });
});

describe('a path that no search has looked through before', () => {
  const validate = async (...path: readonly Uint8Array[]): Promise<string> => {
    const budget = new WorkBudget(defaultPathLimits);
    const outcome = await validatePath(
      path.map((certificate) => parseCertificate(certificate)),
      trustAnchorFromCertificate(parseCertificate(buildCa())),
      {
        time: testTime,
        signatures: new SignatureSession(nodeSignatureChecker, budget),
        budget,
        algorithmPolicy: undefined,
        requiredPurposes: undefined,
        anchorPurposesApply: true,
        requiredKeyUsages: [],
        policyInputs: {
          initialPolicySet: [oids.anyPolicy],
          initialExplicitPolicy: false,
          initialPolicyMappingInhibit: false,
          initialAnyPolicyInhibit: false,
        },
      },
    );
    return outcome.ok ? 'ok' : `${outcome.failure.code} at ${outcome.failure.certificateIndex}`;
  };
  const target = buildCertificate(below);

  it('is accepted where it keeps every rule', async () => {
    expect(await validate(target, sub())).toBe('ok');
  });

  it.each([
    [
      'names do not chain',
      [buildCertificate({ ...below, issuer: dn('Other') }), sub()],
      'issuer_name_mismatch at 0',
    ],
    [
      'its CA has an unknown critical extension',
      [target, sub({ extensions: [unknownCritical] })],
      'unknown_critical_extension at 1',
    ],
    [
      'its CA is none',
      [target, buildCertificate({ subject: dn('Sub'), subjectKey: testKey('sub') })],
      'not_a_ca at 1',
    ],
    [
      'its CA has expired',
      [target, sub({ notAfter: hoursFromTestTime(-1) })],
      'certificate_expired at 1',
    ],
  ])('is refused where %s', async (_, path, verdict) => {
    expect(await validate(...path)).toBe(verdict);
  });
});

describe('the table of rules', () => {
  it('names a place and says a sentence for each code', () => {
    for (const [code, { reference, sentence }] of Object.entries(pathRules)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(reference).toMatch(/RFC|limit/);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });
});
