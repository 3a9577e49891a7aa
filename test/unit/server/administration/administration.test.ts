import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger, systemRandom } from '../../../../src/core/index.ts';
import type { Actor, Administration } from '../../../../src/server/administration/index.ts';
import { createAdministering } from '../../../../src/server/administering.ts';
import {
  defaultRevocationOptions,
  verifyAuditChain,
  type Storage,
} from '../../../../src/server/index.ts';
import { createServices } from '../../../../src/server/services.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { TestCa } from '../../../testkit/test-ca.ts';
import { openScratchStorage } from '../scratch-storage.ts';

const root = TestCa.root();
const address = '192.0.2.1';
const admin: Actor = { id: 'a', name: 'alice', role: 'admin', via: 'console', address };
const auditor: Actor = { id: 'b', name: 'bob', role: 'auditor', via: 'console', address };
const rules = [{ name: 'All', when: { device: 'any' }, effect: 'allow' }];
const password = 'correct horse battery';

/** Everything that changes something. */
const changes: Readonly<Record<string, (one: Administration) => Promise<unknown>>> = {
  'certificate_authority.add': ({ authorities }) => authorities.add(root.certificate.der),
  'certificate_authority.set_revocation': ({ authorities }) =>
    authorities.setRevocation('0'.repeat(64), {}),
  'certificate_authority.disable': ({ authorities }) =>
    authorities.setDisabled('0'.repeat(64), true),
  'certificate_authority.remove': ({ authorities }) => authorities.remove('0'.repeat(64)),
  'crl.upload': ({ crls }) => crls.upload(new Uint8Array()),
  'crl.fetch': ({ crls }) => crls.fetch('http://127.0.0.1:1/'),
  'crl.remove': ({ crls }) => crls.remove('x'),
  'endpoint_management.change': ({ platforms }) => platforms.change(0, {}),
  'policy.add': ({ policies }) => policies.add({ name: 'x', rules }),
  'policy.change': ({ policies }) => policies.replace('default', 0, { name: 'x', rules }),
  'policy.remove': ({ policies }) => policies.remove('x'),
  'application.add': ({ applications }) => applications.add({ name: 'x', kind: 'api' }),
  'application.change': ({ applications }) => applications.replace('x', 1, {}),
  'application.rotate_secret': ({ applications }) => applications.rotateSecret('x'),
  'application.remove': ({ applications }) => applications.remove('x'),
  'device.deactivate': ({ devices }) => devices.setState('x', 'deactivated'),
  'inventory.change': ({ devices }) => devices.changeSettings(0, { clones: 'alarm' }),
  'alarm.acknowledge': ({ alarms }) => alarms.acknowledge('x', false),
  'signing_key.rotate': ({ signingKeys }) => signingKeys.rotate(false),
  'administrator.add': ({ administrators }) =>
    administrators.add({ name: 'x', role: 'admin', password }),
  'administrator.change': ({ administrators }) => administrators.change('x', 1, {}),
  'administrator.reset_password': ({ administrators }) =>
    administrators.resetPassword('x', password),
  'administrator.remove': ({ administrators }) => administrators.remove('x'),
  'api_token.add': ({ apiTokens }) => apiTokens.add('x', 'admin', undefined),
  'api_token.remove': ({ apiTokens }) => apiTokens.remove('x'),
  'federation.change': ({ federation }) => federation.change(0, undefined),
};

/** What lets somebody sign in or act. */
const waysIn = [
  ...['administrator.add', 'administrator.change', 'administrator.reset_password'],
  ...['api_token.add', 'federation.change'],
];

/** Calls that read. */
const reading =
  /^(list|find|read|impact|explain|settings|counts|certificates|dryRun|export|statistics|verify)$/;

describe('administration', () => {
  let storage: Storage;
  let as: (actor: Actor) => Administration;
  let clock: FakeClock;

  beforeEach(async () => {
    storage = await openScratchStorage();
    clock = new FakeClock(new Date());
    const context = { clock, random: systemRandom, logger: silentLogger };
    const services = createServices({ ...context, storage, revocation: defaultRevocationOptions });
    const { administrations } = createAdministering(services, {
      ...{ ...context, adminToken: undefined, setupToken: undefined, secure: true },
      failures: { peek: () => 0, take: () => 0 },
      issuer: () => 'https://auth.example',
    });
    as = (actor) => administrations.as(actor);
  });
  afterEach(() => storage.close());

  const entries = () => storage.audit.read(0, 100);

  it.each(Object.keys(changes))('is for administrators, not for auditors: %s', async (action) => {
    const change = changes[action];
    expect(change && (await codeOfRejection(change(as(auditor))))).toBe('role_required');
    expect(await entries()).toEqual([]);
  });

  it.each(Object.entries(changes))(
    'asks an old sign-in for a new one: %s',
    async (action, change) => {
      const refusal = async (signedInAt: Date | undefined): Promise<string> => {
        const done = change(as({ ...admin, signedInAt }));
        return done.then(
          () => 'done',
          (error: unknown) => (error as { code: string }).code,
        );
      };
      const old = await refusal(new Date(clock.now().getTime() - 10 * 60_000));
      expect(old === 'sign_in_old').toBe(waysIn.includes(action));
      expect(await refusal(new Date(clock.now().getTime() - 10 * 60_000 + 1))).not.toBe(
        'sign_in_old',
      );
      expect(await refusal(undefined)).not.toBe('sign_in_old');
    },
  );

  it('takes access away without a new sign-in', async () => {
    const { id, version } = await as(admin).administrators.add({
      name: 'x',
      role: 'admin',
      password,
    });
    await as(admin).administrators.add({ name: 'y', role: 'admin', password });
    const old = as({ ...admin, signedInAt: new Date(0) }).administrators;
    const both = { disabled: true, role: 'auditor' } as const;
    expect(await codeOfRejection(old.change(id, version, both))).toBe('sign_in_old');
    const disabled = await old.change(id, version, { disabled: true });
    expect(disabled).toMatchObject({ disabled: true });
    const enabling = old.change(id, disabled.version, { disabled: false });
    expect(await codeOfRejection(enabling)).toBe('sign_in_old');
  });

  it('has no change beyond those', () => {
    const names = Object.entries(as(admin)).flatMap(([group, calls]) =>
      group === 'actor' ? [] : Object.keys(calls as object).filter((name) => !reading.test(name)),
    );
    expect(names).toHaveLength(Object.keys(changes).length);
  });

  it('writes who did what, how, from where, and the state before and after', async () => {
    const [authority] = await as(admin).authorities.add(root.certificate.der);
    const id = authority?.id ?? '';
    await as(admin).authorities.setRevocation(id, { mode: 'off' });
    await as(admin).authorities.setDisabled(id, true);
    const policy = await as(admin).policies.add({ name: 'First', rules });
    await as(admin).policies.replace(policy.id, 1, { name: 'Second', rules: [] });
    await as(admin).authorities.remove(id);
    const log = await entries();
    expect(log.map(({ action }) => action)).toEqual([
      ...['certificate_authority.add', 'certificate_authority.set_revocation'],
      ...['certificate_authority.disable', 'policy.add', 'policy.change'],
      'certificate_authority.remove',
    ]);
    for (const entry of log) {
      expect(entry).toMatchObject({ actor: 'alice', via: 'console', address });
    }
    expect(log[1]).toMatchObject({ target: id, before: { mode: 'grace' }, after: { mode: 'off' } });
    expect(log[2]).toMatchObject({ before: { disabled: false }, after: { disabled: true } });
    expect(log[4]).toMatchObject({
      ...{ target: policy.id, before: { name: 'First', version: 1 } },
      after: { name: 'Second', version: 2, rules: [] },
    });
    expect(log[5]).toMatchObject({ before: { id, disabled: true } });
    expect(await verifyAuditChain(storage.audit)).toEqual({ entries: 6, problem: undefined });
  });

  it('changes nothing that it cannot write down', async () => {
    const silent: Storage = {
      ...storage,
      audit: { ...storage.audit, append: () => Promise.reject(new Error('no room')) },
    };
    const context = { clock: new FakeClock(), random: systemRandom, logger: silentLogger };
    const services = createServices({
      ...{ ...context, storage: silent, revocation: defaultRevocationOptions },
    });
    const { administrations } = createAdministering(services, {
      ...{ ...context, adminToken: undefined, setupToken: undefined, secure: true },
      failures: { peek: () => 0, take: () => 0 },
      issuer: () => 'https://auth.example',
    });
    const { policies, authorities, apiTokens, platforms } = administrations.as(admin);
    for (const change of [
      policies.add({ name: 'x', rules }),
      authorities.add(root.certificate.der),
      apiTokens.add('x', 'admin', 1),
      platforms.change(0, { macos: { enabled: false } }),
    ]) {
      await expect(change).rejects.toThrow('no room');
    }
    expect(await storage.policies.list()).toEqual([]);
    expect(await storage.authorities.list()).toEqual([]);
    expect(await storage.apiTokens.list()).toEqual([]);
    expect((await as(admin).platforms.settings()).version).toBe(0);
  });

  it('tells what an authority’s end would affect', async () => {
    const [authority] = await as(admin).authorities.add(root.certificate.der);
    const id = authority?.id ?? '';
    const mine = { name: 'Mine', when: { authorities: [id] }, effect: 'allow' };
    const policy = await as(admin).policies.add({ name: 'Ours', rules: [mine] });
    expect(await as(auditor).authorities.impact(id)).toEqual({
      ...{ devices: 0, moreDevices: false, policies: [{ id: policy.id, name: 'Ours' }] },
      platforms: ['windows', 'macos', 'linux'],
    });
    await as(admin).authorities.add(TestCa.root({ commonName: 'Other' }).certificate.der);
    await as(admin).platforms.change(0, { macos: { authorities: [id] } });
    expect((await as(auditor).authorities.impact(id)).platforms).toEqual(['macos']);
  });

  it('shows API tokens once, ends them, and never writes them down', async () => {
    const { info, token } = await as(admin).apiTokens.add('exporter', 'auditor', 1);
    expect(token).toMatch(/^csadm_[\w-]{43}$/);
    expect(info).toMatchObject({ name: 'exporter', role: 'auditor', createdBy: 'alice' });
    const secret = await as(admin).applications.add({ name: 'Shop', kind: 'api' });
    const made = await as(admin).administrators.add({ name: 'Carol', role: 'auditor', password });
    await as(admin).administrators.resetPassword(made.id, `${password} staple`);
    const kept = JSON.stringify([await entries(), await storage.apiTokens.list()]);
    for (const one of [token, secret.secret ?? '?', password]) expect(kept).not.toContain(one);
    expect(await codeOfRejection(as(admin).apiTokens.add('exporter', 'admin', 1))).toBe(
      'api_token_name_taken',
    );
    for (const [name, days] of [
      ['', 1],
      ['x'.repeat(101), 1],
      ['x', 0],
      ['x', 0.5],
    ] as const) {
      expect(await codeOfRejection(as(admin).apiTokens.add(name, 'admin', days))).toBe(
        'api_token_invalid',
      );
    }
    await as(admin).apiTokens.remove(info.id);
    expect(await as(admin).apiTokens.list()).toEqual([]);
  });
});
