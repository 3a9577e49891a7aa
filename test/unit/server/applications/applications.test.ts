import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../../src/core/index.ts';
import {
  createApplications,
  type ApplicationInput,
  type Applications,
} from '../../../../src/server/applications/index.ts';
import type { Storage } from '../../../../src/server/index.ts';
import { createPolicies, type Policies } from '../../../../src/server/policy/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

describe('applications', () => {
  const clock = new FakeClock();
  let storage: Storage;
  let policies: Policies;
  let applications: Applications;

  const open = (): Applications =>
    createApplications({
      store: storage.applications,
      policies,
      clock,
      random: systemRandom,
    });
  beforeEach(async () => {
    storage = await openScratchStorage();
    policies = createPolicies(storage.policies, clock, systemRandom);
    applications = open();
  });
  afterEach(() => storage.close());

  const refusal = (attempt: Promise<unknown>): Promise<unknown> => codeOfRejection(attempt);
  const denied = 'application_credentials_invalid';

  it('get a secret that is shown once and kept as a hash', async () => {
    const { application, secret = '' } = await applications.add({ name: ' App ', kind: 'api' });
    expect(application).toEqual({
      id: expect.any(String) as string,
      name: 'App',
      kind: 'api',
      policy: 'default',
      origins: [],
      redirectUris: [],
      hasSecret: true,
      settings: {},
      disabled: false,
      createdAt: clock.now(),
      version: 1,
    });
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(await applications.list()).toEqual([application]);
    expect(await applications.authenticate(application.id, secret)).toEqual(application);
    const stored = JSON.stringify(await storage.applications.find(application.id));
    expect(stored).not.toContain(secret);
  });

  it('prove who they are by their secret alone', async () => {
    const { application, secret = '' } = await applications.add({ name: 'A', kind: 'api' });
    const other = await applications.add({ name: 'B', kind: 'api' });
    const attempt = (id: string, given: string): Promise<unknown> =>
      refusal(applications.authenticate(id, given));
    expect(await attempt(application.id, '')).toBe(denied);
    expect(await attempt(application.id, `${secret}x`)).toBe(denied);
    expect(await attempt(application.id, other.secret ?? '')).toBe(denied);
    expect(await attempt('unknown', secret)).toBe(denied);
    const open = await applications.add({ ...oidc, name: 'C', public: true });
    expect(open.secret).toBeUndefined();
    expect(await attempt(open.application.id, '')).toBe(denied);
  });

  it('lose their old secret when they get a new one, and all when disabled', async () => {
    const { application, secret = '' } = await applications.add({ name: 'A', kind: 'api' });
    const { id } = application;
    await applications.authenticate(id, secret);
    const rotated = await applications.rotateSecret(id);
    expect(rotated.application.version).toBe(2);
    expect(await refusal(applications.authenticate(id, secret))).toBe(denied);
    await applications.authenticate(id, rotated.secret ?? '');
    await applications.replace(id, 2, { disabled: true });
    expect(await refusal(applications.authenticate(id, rotated.secret ?? ''))).toBe(denied);
    expect(await applications.active(id)).toBeUndefined();
    expect((await applications.find(id)).disabled).toBe(true);
  });

  it('that another process changed are known within a second', async () => {
    const other = open();
    const { application } = await applications.add({
      name: 'A',
      kind: 'api',
      origins: ['https://a.example'],
    });
    expect(await other.isOrigin('https://a.example')).toBe(true);
    await applications.remove(application.id);
    expect(await applications.isOrigin('https://a.example')).toBe(false);
    clock.advance(1001);
    expect(await other.isOrigin('https://a.example')).toBe(false);
    expect(await other.active(application.id)).toBeUndefined();
  });

  const oidc = { kind: 'oidc', redirectUris: ['https://app.example/callback'] };

  it('change what is given, and keep the rest', async () => {
    const policy = await policies.add({ name: 'P', rules: [] });
    const { application } = await applications.add({
      ...oidc,
      name: 'A',
      settings: { carryLoginHint: true },
    });
    const changed = await applications.replace(application.id, 1, {
      policy: policy.id,
      origins: ['https://a.example', 'https://a.example'],
    });
    expect(changed).toEqual({
      ...application,
      policy: policy.id,
      origins: ['https://a.example'],
      version: 2,
    });
    expect(await refusal(applications.replace(application.id, 1, { name: 'B' }))).toBe(
      'application_changed',
    );
    expect(await applications.find(application.id)).toEqual(changed);
  });

  it('have names of their own', async () => {
    await applications.add({ name: 'A', kind: 'api' });
    const { application } = await applications.add({ name: 'B', kind: 'api' });
    expect(await refusal(applications.add({ name: 'A', kind: 'api' }))).toBe(
      'application_name_taken',
    );
    expect(await refusal(applications.replace(application.id, 1, { name: 'A' }))).toBe(
      'application_name_taken',
    );
  });

  it('say what is not there', async () => {
    expect(await refusal(applications.find('x'))).toBe('application_unknown');
    expect(await refusal(applications.replace('x', 1, {}))).toBe('application_unknown');
    expect(await refusal(applications.rotateSecret('x'))).toBe('application_unknown');
    expect(await refusal(applications.remove('x'))).toBe('application_unknown');
    const { application } = await applications.add({ ...oidc, name: 'C', public: true });
    expect(await refusal(applications.rotateSecret(application.id))).toBe('application_public');
    const unknown = { name: 'D', kind: 'api', policy: 'x' };
    expect(await refusal(applications.add(unknown))).toBe('application_policy_unknown');
  });

  it.each<[string, ApplicationInput]>([
    ['no name', { kind: 'api' }],
    ['a name that breaks lines', { name: 'a\nb', kind: 'api' }],
    ['no kind', { name: 'A' }],
    ['an unknown kind', { name: 'A', kind: 'saml' }],
    ['no secret where it needs one', { name: 'A', kind: 'api', public: true }],
    ['no redirect URI where it needs one', { name: 'A', kind: 'oidc' }],
    ['a path in an origin', { name: 'A', kind: 'api', origins: ['https://a.example/x'] }],
    ['a pattern as origin', { name: 'A', kind: 'api', origins: ['https://*.example'] }],
    ['an origin that is no text', { name: 'A', kind: 'api', origins: [7] }],
    ['too many origins', { name: 'A', kind: 'api', origins: Array<string>(33).fill('x') }],
    ['plain http', { name: 'A', kind: 'oidc', redirectUris: ['http://app.example/cb'] }],
    ['a fragment', { name: 'A', kind: 'oidc', redirectUris: ['https://app.example/cb#x'] }],
    ['a script', { name: 'A', kind: 'oidc', redirectUris: ['javascript:alert(1)'] }],
    ['a password', { name: 'A', kind: 'oidc', redirectUris: ['https://a:b@app.example/'] }],
    ['settings that its kind does not have', { ...oidc, name: 'A', settings: { a: 1 } }],
    ['settings that are no object', { name: 'A', kind: 'api', settings: [] }],
    ['settings too large', { name: 'A', kind: 'api', settings: { a: 'x'.repeat(9000) } }],
    ['a policy that is no id', { name: 'A', kind: 'api', policy: 7 }],
    ['no truth value', { name: 'A', kind: 'api', disabled: 'no' }],
  ])('are refused with %s', async (_, input) => {
    expect(await refusal(applications.add(input))).toBe('application_invalid');
    expect(await applications.list()).toEqual([]);
  });

  it('may redirect to this machine in plain http', async () => {
    const local = { name: 'A', kind: 'oidc', redirectUris: ['http://127.0.0.1:8080/cb'] };
    expect((await applications.add(local)).application.redirectUris).toEqual(local.redirectUris);
  });
});
