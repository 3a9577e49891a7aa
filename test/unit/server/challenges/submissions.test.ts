import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/index.ts';
import { createAuthorities, type Storage } from '../../../../src/server/index.ts';
import { createApplications } from '../../../../src/server/applications/index.ts';
import { createInventory } from '../../../../src/server/devices/index.ts';
import { createPolicies } from '../../../../src/server/policy/index.ts';
import { createPlatforms } from '../../../../src/server/trust/index.ts';
import {
  createSigningKeys,
  createSubmissions,
  type SubmissionsContext,
  createTransactions,
} from '../../../../src/server/challenges/index.ts';
import { systemRandom } from '../../../../src/core/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { TestCa } from '../../../testkit/test-ca.ts';
import { declineOf, TestDevice } from '../../../testkit/test-device.ts';
import { openScratchStorage } from '../scratch-storage.ts';
import { scratchRevocation } from '../scratch-revocation.ts';

describe('a submission', () => {
  const clock = new FakeClock(new Date());
  const ca = TestCa.root();
  const device = new TestDevice(ca.issue());
  let storage: Storage;

  beforeEach(async () => {
    storage = await openScratchStorage();
    await createAuthorities(storage.authorities, clock).add(ca.certificate.der);
  });
  afterEach(() => storage.close());

  const judging = () => {
    const authorities = createAuthorities(storage.authorities, clock);
    const policies = createPolicies(storage.policies, clock, systemRandom);
    return {
      policies,
      platforms: createPlatforms(storage.settings, authorities, clock),
      inventory: createInventory({ storage, clock, random: systemRandom }),
      applications: createApplications({
        store: storage.applications,
        policies,
        clock,
        random: systemRandom,
      }),
    };
  };

  const start = (asker = {}) =>
    createTransactions({
      ...judging(),
      storage,
      signingKeys: createSigningKeys(storage.signingKeys, clock),
      clock,
      random: systemRandom,
      issuer: () => 'https://auth.example',
      algorithms: ['ES256'],
      loopbackPorts: [1],
      lifetimeSeconds: 120,
      maxPending: 10,
    }).start('session', 'https://auth.example', asker);
  const submissions = (changes: Partial<SubmissionsContext> = {}) =>
    createSubmissions({
      ...judging(),
      storage,
      revocation: scratchRevocation(storage, clock),
      clock,
      logger: silentLogger,
      ...changes,
    });

  it('that is cancelled while it is verified has no verdict', async () => {
    const { transaction, challengeRequest } = await start();
    const cancelling: Storage = {
      ...storage,
      transactions: {
        ...storage.transactions,
        conclude: async (signIn) => {
          await storage.transactions.cancel(transaction);
          return storage.transactions.conclude(signIn);
        },
      },
    };
    const proof = device.prove(challengeRequest, clock.now());
    const submitted = submissions({ storage: cancelling }).submitProof(proof);
    expect(await codeOfRejection(submitted)).toBe('transaction_cancelled');
    expect((await storage.transactions.find(transaction))?.state).toBe('cancelled');
    expect(await storage.signIns.find(transaction)).toBeUndefined();
  });

  it('at which the server itself fails lets nobody in, and does not keep the page waiting', async () => {
    const { transaction, challengeRequest } = await start();
    const broken = { trusted: () => Promise.resolve([null as never]) };
    const proof = device.prove(challengeRequest, clock.now());
    await expect(submissions({ platforms: broken }).submitProof(proof)).rejects.toThrow(TypeError);
    expect((await storage.transactions.find(transaction))?.state).toBe('refused');
    expect((await storage.signIns.find(transaction))?.result).toMatchObject({
      managed: false,
      code: 'internal_error',
    });
  });

  it('is logged with its verdict, and without what the device says of itself', async () => {
    const lines: unknown[] = [];
    const logger = {
      ...silentLogger,
      info: (message: string, fields: unknown) => lines.push([message, fields]),
    };
    const { transaction, challengeRequest } = await start();
    const proof = device.prove(challengeRequest, clock.now());
    await submissions({ logger }).submitProof(proof);
    expect(lines).toEqual([
      [
        'verdict given',
        {
          transaction,
          managed: true,
          code: 'device_managed',
          origin: 'https://auth.example',
          application: undefined,
          device: expect.any(String) as string,
          certificate: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        },
      ],
    ]);
  });

  it('of a good proof is decided by the device and the policy as well', async () => {
    const { transaction, challengeRequest } = await start();
    await submissions().submitProof(device.prove(challengeRequest, clock.now()));
    const signIn = await storage.signIns.find(transaction);
    expect(signIn?.result).toMatchObject({
      managed: true,
      code: 'device_managed',
      deviceId: signIn?.device,
      decision: { outcome: 'allow', policy: { id: 'default' }, rule: { index: 0 } },
    });
    expect(signIn?.result.checks.slice(-2)).toEqual([
      { check: 'device', outcome: 'passed', message: 'The device is new in the inventory.' },
      expect.objectContaining({ check: 'policy', outcome: 'passed' }),
    ]);
  });

  it('from a deactivated device is refused, whatever its certificate says', async () => {
    const first = await start();
    await submissions().submitProof(device.prove(first.challengeRequest, clock.now()));
    const id = (await storage.signIns.find(first.transaction))?.device ?? '';
    await storage.devices.setState(id, 'deactivated');
    const { transaction, challengeRequest } = await start();
    const answer = await submissions().submitProof(device.prove(challengeRequest, clock.now()));
    expect(answer).toMatchObject({ managed: false, code: 'device_deactivated' });
    expect((await storage.transactions.find(transaction))?.state).toBe('refused');
    expect((await storage.signIns.find(transaction))?.result).toMatchObject({
      managed: false,
      code: 'device_deactivated',
      decision: { outcome: 'deny', code: 'policy_managed_required' },
    });
  });

  it('to an application is decided by that application’s policy', async () => {
    const { policies, applications } = judging();
    const policy = await policies.add({
      name: 'Windows alone',
      rules: [{ name: 'Windows', when: { platforms: ['windows'] }, effect: 'allow' }],
    });
    const { application } = await applications.add({
      name: 'App',
      kind: 'api',
      policy: policy.id,
    });
    const { transaction, challengeRequest } = await start({
      application: application.id,
      user: 'ada',
    });
    const answer = await submissions().submitProof(device.prove(challengeRequest, clock.now()));
    expect(answer).toMatchObject({ managed: false, code: 'policy_platform' });
    expect((await storage.transactions.find(transaction))?.state).toBe('refused');
    const signIn = await storage.signIns.find(transaction);
    expect(signIn).toMatchObject({
      application: application.id,
      user: 'ada',
      result: { managed: true, code: 'policy_platform', decision: { outcome: 'deny' } },
    });
    expect(signIn?.result.checks.at(-1)).toMatchObject({ check: 'policy', outcome: 'failed' });
  });

  it('to an application that was disabled meanwhile is denied', async () => {
    const { applications } = judging();
    const { application } = await applications.add({ name: 'App', kind: 'api' });
    const { challengeRequest } = await start({ application: application.id });
    await applications.replace(application.id, 1, { disabled: true });
    const answer = await submissions().submitProof(device.prove(challengeRequest, clock.now()));
    expect(answer).toMatchObject({ managed: false, code: 'policy_application_disabled' });
  });

  it('without a proof is let in where the policy asks for no managed device', async () => {
    const { policies } = judging();
    await policies.replace('default', 0, {
      name: 'Anybody',
      rules: [{ name: 'Anybody', when: { device: 'any' }, effect: 'allow' }],
    });
    const { transaction, challengeRequest } = await start();
    const decline = declineOf(challengeRequest, 'device_no_certificate');
    const answer = await submissions().submitDecline(JSON.stringify(decline));
    expect(answer).toMatchObject({ managed: false, code: 'device_no_certificate' });
    expect((await storage.signIns.find(transaction))?.result).toMatchObject({
      managed: false,
      decision: { outcome: 'allow', rule: { name: 'Anybody' } },
    });
  });
});
