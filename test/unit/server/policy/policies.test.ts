import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom, type JsonValue } from '../../../../src/core/index.ts';
import type { Storage } from '../../../../src/server/index.ts';
import {
  createPolicies,
  decide,
  defaultPolicy,
  PolicyError,
  type Policies,
  type Rule,
} from '../../../../src/server/policy/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

const allowWindows = [{ name: 'Windows', when: { platforms: ['windows'] }, effect: 'allow' }];

describe('authentication policies', () => {
  const clock = new FakeClock();
  let storage: Storage;
  let policies: Policies;

  beforeEach(async () => {
    storage = await openScratchStorage();
    policies = createPolicies(storage.policies, clock, systemRandom);
  });
  afterEach(() => storage.close());

  it('are the default one as long as nobody adds any', async () => {
    expect(await policies.list()).toEqual([defaultPolicy]);
    expect(await policies.find('default')).toEqual(defaultPolicy);
    const { outcome } = await policies.decide(undefined, { managed: true });
    expect(outcome).toBe('allow');
  });

  it('are found as they were added', async () => {
    const added = await policies.add({ name: ' Windows ', rules: allowWindows });
    expect(added).toMatchObject({ name: 'Windows', version: 1, updatedAt: clock.now() });
    expect(added.rules).toEqual([
      { name: 'Windows', when: { device: 'managed', platforms: ['windows'] }, effect: 'allow' },
    ]);
    expect(await policies.find(added.id)).toEqual(added);
    expect((await policies.list()).map(({ name }) => name)).toEqual(['Default policy', 'Windows']);
  });

  it('hold at once when they are changed', async () => {
    const linux = { managed: true, platform: 'linux' };
    expect((await policies.decide(undefined, linux)).outcome).toBe('allow');
    const changed = await policies.replace('default', 0, { name: 'Windows', rules: allowWindows });
    expect(changed).toMatchObject({ id: 'default', version: 1 });
    expect((await policies.decide(undefined, linux)).code).toBe('policy_platform');
    await policies.replace('default', 1, { name: 'Nobody', rules: [] });
    expect((await policies.decide(undefined, { managed: true })).outcome).toBe('deny');
  });

  it('that another process changed hold within a second', async () => {
    const other = createPolicies(storage.policies, clock, systemRandom);
    expect((await policies.decide(undefined, { managed: true })).outcome).toBe('allow');
    await other.replace('default', 0, { name: 'Nobody', rules: [] });
    clock.advance(1001);
    expect((await policies.decide(undefined, { managed: true })).outcome).toBe('deny');
  });

  it('that were changed meanwhile are not overwritten', async () => {
    const { id } = await policies.add({ name: 'A', rules: [] });
    await policies.replace(id, 1, { name: 'B', rules: [] });
    expect(await codeOfRejection(policies.replace(id, 1, { name: 'C', rules: [] }))).toBe(
      'policy_changed',
    );
    await policies.replace('default', 0, { name: 'D', rules: [] });
    expect(await codeOfRejection(policies.replace('default', 0, { name: 'E', rules: [] }))).toBe(
      'policy_changed',
    );
    expect((await policies.find(id)).name).toBe('B');
  });

  it('have names of their own', async () => {
    const { id } = await policies.add({ name: 'A', rules: [] });
    await policies.add({ name: 'B', rules: [] });
    expect(await codeOfRejection(policies.add({ name: 'A', rules: [] }))).toBe('policy_name_taken');
    expect(await codeOfRejection(policies.replace(id, 1, { name: 'B', rules: [] }))).toBe(
      'policy_name_taken',
    );
  });

  it('are removed, but the default one and those in use', async () => {
    const { id } = await policies.add({ name: 'A', rules: [] });
    await storage.applications.add({
      id: 'app',
      name: 'App',
      kind: 'api',
      policy: id,
      origins: [],
      redirectUris: [],
      settings: '{}',
      disabled: false,
      createdAt: clock.now(),
      version: 1,
    });
    expect(await codeOfRejection(policies.remove(id))).toBe('policy_in_use');
    await storage.applications.remove('app');
    expect((await policies.remove(id)).name).toBe('A');
    expect(await codeOfRejection(policies.remove(id))).toBe('policy_unknown');
    expect(await codeOfRejection(policies.find(id))).toBe('policy_unknown');
    expect(await codeOfRejection(policies.remove('default'))).toBe('policy_default');
  });

  const rule = { name: 'R', when: {}, effect: 'allow' };
  it.each<[string, JsonValue]>([
    ['no list', {}],
    ['a rule that is no object', [1]],
    ['a rule without a name', [{ ...rule, name: ' ' }]],
    ['a rule whose name breaks the line', [{ ...rule, name: 'a\nb' }]],
    ['a misspelt member', [{ ...rule, efect: 'deny' }]],
    ['a misspelt condition', [{ ...rule, when: { platform: ['linux'] } }]],
    ['an unknown effect', [{ ...rule, effect: 'maybe' }]],
    ['an unknown state of the device', [{ ...rule, when: { device: 'known' } }]],
    ['an unknown platform', [{ ...rule, when: { platforms: ['amiga'] } }]],
    ['an empty list', [{ ...rule, when: { platforms: [] } }]],
    ['no list of key protections', [{ ...rule, when: { keyProtection: 'hardware' } }]],
    ['no id of an authority', [{ ...rule, when: { authorities: ['x'] } }]],
    ['no version', [{ ...rule, when: { agentAtLeast: 'new' } }]],
    ['a message too long', [{ ...rule, message: 'x'.repeat(301) }]],
    ['too many rules', Array.from({ length: 51 }, () => rule)],
  ])('are refused with %s', async (_, rules) => {
    expect(await codeOfRejection(policies.add({ name: 'A', rules }))).toBe('policy_invalid');
    expect(await policies.list()).toEqual([defaultPolicy]);
  });

  it('read from whatever JSON are refused with a policy’s error, or keep what they say', () => {
    const word = fc.constantFrom('name', 'when', 'effect', 'allow', 'device', 'any', 'platforms');
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<JsonValue>(null, true, 0, '', 'linux', '1.0.0'),
        word,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(word, tie('value'), { maxKeys: 4 }),
      ),
    }));
    const rules = fc.array(
      fc.record({ name: fc.constant('R'), effect: fc.constant('deny'), when: value }),
    );
    fc.assert(
      fc.property(fc.oneof(value, rules), (given) => {
        let read: readonly Rule[];
        try {
          ({ rules: read } = policies.parse({ name: 'P', rules: given }));
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError);
          return;
        }
        const stored = JSON.parse(JSON.stringify(read)) as JsonValue;
        expect(policies.parse({ name: 'P', rules: stored }).rules).toEqual(read);
        const { outcome } = decide({ id: 'p', name: 'P', rules: read }, { managed: true });
        expect(['allow', 'deny']).toContain(outcome);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
