import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/index.ts';
import { createAuthorities, type Authorities, type Storage } from '../../../../src/server/index.ts';
import {
  createSigningKeys,
  createSubmissions,
  createTransactions,
} from '../../../../src/server/challenges/index.ts';
import { systemRandom } from '../../../../src/core/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { TestCa } from '../../../testkit/test-ca.ts';
import { TestDevice } from '../../../testkit/test-device.ts';
import { openScratchStorage } from '../scratch-storage.ts';
import { scratchRevocation } from '../scratch-revocation.ts';

describe('a submission', () => {
  const clock = new FakeClock(new Date());
  const ca = TestCa.root();
  const device = new TestDevice(ca.issue());
  let storage: Storage;
  let authorities: Authorities;

  beforeEach(async () => {
    storage = await openScratchStorage();
    authorities = createAuthorities(storage.authorities, clock);
    await authorities.add(ca.certificate.der);
  });
  afterEach(() => storage.close());

  const start = () =>
    createTransactions({
      storage,
      authorities,
      signingKeys: createSigningKeys(storage.signingKeys, clock),
      clock,
      random: systemRandom,
      issuer: () => 'https://auth.example',
      algorithms: ['ES256'],
      loopbackPorts: [1],
      lifetimeSeconds: 120,
      maxPending: 10,
    }).start('session', 'https://auth.example');
  const submissions = (changes: { storage?: Storage; authorities?: Authorities } = {}) =>
    createSubmissions({
      storage,
      authorities,
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
    const broken = { ...authorities, trusted: () => Promise.resolve([null as never]) };
    const proof = device.prove(challengeRequest, clock.now());
    await expect(submissions({ authorities: broken }).submitProof(proof)).rejects.toThrow(
      TypeError,
    );
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
    const revocation = scratchRevocation(storage, clock);
    const service = createSubmissions({ storage, authorities, revocation, clock, logger });
    await service.submitProof(proof);
    expect(lines).toEqual([
      [
        'verdict given',
        {
          transaction,
          managed: true,
          code: 'device_managed',
          origin: 'https://auth.example',
          certificate: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        },
      ],
    ]);
  });
});
