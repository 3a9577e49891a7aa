import { describe, expect, it } from 'vitest';
import {
  decide,
  defaultPolicy,
  dryRun,
  factsOf,
  type PolicyFacts,
  type Rule,
  type RuleConditions,
} from '../../../../src/server/policy/index.ts';
import type { VerificationResult } from '../../../../src/protocol/index.ts';

const facts: PolicyFacts = {
  managed: true,
  platform: 'linux',
  keyProtection: 'software',
  agentVersion: '1.4.0',
  authority: 'a'.repeat(64),
};
const unmanaged: PolicyFacts = { managed: false };

const rule = (when: Partial<RuleConditions>, effect: Rule['effect'] = 'allow'): Rule => ({
  name: 'rule',
  when: { device: 'managed', ...when },
  effect,
});
const decideBy = (rules: readonly Rule[], given: PolicyFacts = facts) =>
  decide({ id: 'p', name: 'Policy', rules }, given);
const codeOf = (rules: readonly Rule[], given: PolicyFacts = facts): string =>
  decideBy(rules, given).code;

describe('a policy', () => {
  it('that nobody has changed lets managed devices in, and nobody else', () => {
    expect(decide(defaultPolicy, facts)).toMatchObject({
      outcome: 'allow',
      code: 'policy_allowed',
      policy: { id: 'default' },
      rule: { index: 0, name: 'Managed devices' },
    });
    expect(decide(defaultPolicy, unmanaged)).toMatchObject({
      outcome: 'deny',
      code: 'policy_managed_required',
    });
  });

  it('goes by the first rule that matches', () => {
    const rules = [
      rule({ platforms: ['windows'] }, 'deny'),
      rule({ platforms: ['linux'] }),
      rule({ device: 'any' }, 'deny'),
    ];
    expect(decideBy(rules)).toMatchObject({ outcome: 'allow', rule: { index: 1 } });
    expect(decideBy([...rules].reverse())).toMatchObject({ outcome: 'deny', rule: { index: 0 } });
  });

  it('without rules denies', () => {
    expect(decideBy([])).toEqual({
      outcome: 'deny',
      code: 'policy_denied',
      message: expect.any(String) as string,
      policy: { id: 'p', name: 'Policy' },
    });
  });

  it.each<[string, Partial<RuleConditions>, Partial<PolicyFacts>]>([
    ['policy_platform', { platforms: ['linux'] }, { platform: 'windows' }],
    ['policy_platform', { platforms: ['linux'] }, { platform: undefined }],
    ['policy_key_protection', { keyProtection: ['software'] }, { keyProtection: 'unknown' }],
    ['policy_authority', { authorities: ['a'.repeat(64)] }, { authority: 'b'.repeat(64) }],
    ['policy_agent_version', { agentAtLeast: '1.4.0' }, { agentVersion: '1.3.9' }],
    ['policy_agent_version', { agentBelow: '2.0.0' }, { agentVersion: '2.0.0' }],
    ['policy_agent_version', { agentAtLeast: '0.0.1' }, { agentVersion: 'nonsense' }],
    ['policy_agent_version', { agentAtLeast: '0.0.1' }, { agentVersion: undefined }],
    ['policy_agent_version', { agentBelow: '9.0.0' }, { agentVersion: undefined }],
  ])('denies with %s what misses a rule by %o', (code, when, otherwise) => {
    expect(decideBy([rule(when)]).outcome).toBe('allow');
    expect(codeOf([rule(when)], { ...facts, ...otherwise })).toBe(code);
  });

  it('names a rule’s one condition where that rule denies, and its message', () => {
    expect(codeOf([rule({ agentBelow: '1.5.0' }, 'deny')])).toBe('policy_agent_version');
    expect(codeOf([rule({ device: 'any', platforms: ['linux'] }, 'deny')])).toBe('policy_platform');
    expect(codeOf([rule({ device: 'unmanaged' }, 'deny')], unmanaged)).toBe(
      'policy_managed_required',
    );
    const two = { platforms: ['linux'], keyProtection: ['software'] } as const;
    expect(codeOf([rule(two, 'deny')])).toBe('policy_denied');
    expect(codeOf([rule({}, 'deny')])).toBe('policy_denied');
    const told = { ...rule({ platforms: ['linux'] }, 'deny'), message: 'Ask the help desk.' };
    expect(decideBy([told]).message).toBe('Ask the help desk.');
  });

  it('tells a device that misses more than one condition no single reason', () => {
    const strict = rule({ platforms: ['windows'], keyProtection: ['hardware'] });
    expect(codeOf([strict])).toBe('policy_denied');
    expect(codeOf([strict, rule({ keyProtection: ['hardware'] })])).toBe('policy_key_protection');
  });

  it('tells a device that is not managed so, before anything that it says of itself', () => {
    const rules = [rule({ platforms: ['windows'] })];
    expect(codeOf(rules, { ...facts, managed: false })).toBe('policy_managed_required');
    expect(codeOf([rule({ device: 'unmanaged' })], facts)).toBe('policy_denied');
  });

  it('lets in who is not managed where a rule says so', () => {
    expect(decideBy([rule({ device: 'any' })], unmanaged).outcome).toBe('allow');
    expect(decideBy([rule({ device: 'unmanaged' })], unmanaged).outcome).toBe('allow');
  });
});

const verdict = (changes: Partial<VerificationResult> = {}): VerificationResult => ({
  managed: true,
  code: 'device_managed',
  message: '',
  transaction: 't',
  decidedAt: '2026-01-01T00:00:00.000Z',
  checks: [],
  device: {
    platform: 'linux',
    osVersion: '13',
    hostname: 'h',
    agentVersion: '1.0.0',
    key: { store: 'file', protection: 'software' },
  },
  ...changes,
});

describe('a dry run', () => {
  it('takes from verdicts what policies decide on', () => {
    expect(factsOf(verdict())).toEqual({
      managed: true,
      platform: 'linux',
      keyProtection: 'software',
      agentVersion: '1.0.0',
      authority: undefined,
    });
  });

  it('tells for each sign-in what was and what would be, and counts', () => {
    const policy = { id: 'p', name: 'P', rules: [rule({ keyProtection: ['hardware'] })] };
    const denied = { outcome: 'deny', code: 'policy_denied', message: '' } as const;
    const hardware = { ...verdict().device, key: { store: 'pkcs11', protection: 'hardware' } };
    const signIns = [
      verdict(),
      verdict({ managed: false }),
      verdict({ decision: denied, device: hardware as NonNullable<VerificationResult['device']> }),
      verdict({ device: hardware as NonNullable<VerificationResult['device']> }),
    ].map((result) => ({ origin: 'https://a.example', result }));
    const run = dryRun(policy, signIns);
    expect(run.signIns.map(({ before, after, changed }) => [before, after.code, changed])).toEqual([
      ['allow', 'policy_key_protection', true],
      ['deny', 'policy_managed_required', false],
      ['deny', 'policy_allowed', true],
      ['allow', 'policy_allowed', false],
    ]);
    expect(run.counts).toEqual({
      total: 4,
      stillAllowed: 1,
      stillDenied: 1,
      newlyAllowed: 1,
      newlyDenied: 1,
    });
  });
});
