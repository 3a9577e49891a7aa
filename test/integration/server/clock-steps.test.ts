/** The server's clock is set, forward by a day and back by an hour, while sign-ins are under way. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditLog, verifyAuditChain } from '../../../src/server/audit/index.ts';
import { parseChallenge } from '../../../src/protocol/index.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { adminToken, readAnswer, readProblem, ServerRig } from './server-rig.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('while the clock is set', () => {
  let rig: ServerRig;
  let device: TestDevice;

  beforeEach(async () => {
    rig = await ServerRig.start();
    device = new TestDevice(rig.issuing.issue({ commonName: 'laptop-7' }), rig.issuing);
  });
  afterEach(() => rig.close());

  /** A whole sign-in, on a device whose clock is the server's. @returns the verdict's code */
  async function signIn(): Promise<string> {
    const { challengeRequest } = await rig.browser().start();
    const proof = device.prove(challengeRequest, rig.clock.now());
    return (await readAnswer(await rig.postProof(proof))).code;
  }

  it('forward by a day, sign-ins under way are over, and new ones go well', async () => {
    const browser = rig.browser();
    const { transaction, challengeRequest } = await browser.start();
    const proof = device.prove(challengeRequest, rig.clock.now());
    rig.clock.advance(day);
    expect(await readProblem(await rig.postProof(proof))).toEqual([410, 'transaction_expired']);
    expect(await browser.status(transaction)).toMatchObject({ status: 'expired' });
    expect(await signIn()).toBe('device_managed');
  });

  it('back by an hour, a proof of the later time is refused', async () => {
    const browser = rig.browser();
    const { transaction, challengeRequest } = await browser.start();
    const proof = device.prove(challengeRequest, rig.clock.now());
    rig.clock.advance(-hour);
    const { managed, code } = await readAnswer(await rig.postProof(proof));
    expect([managed, code]).toEqual([false, 'token_not_yet_valid']);
    expect(await browser.status(transaction)).toMatchObject({ status: 'refused' });
    expect(await signIn()).toBe('device_managed');
  });

  it('back by an hour, a browser gets a challenge of the present, which its agent takes', async () => {
    const browser = rig.browser();
    const before = await browser.start();
    rig.clock.advance(-hour);
    const after = await browser.start();
    expect(after.transaction).not.toBe(before.transaction);
    const { issuedAt } = parseChallenge(after.challengeRequest).challenge;
    expect(issuedAt).toBe(Math.floor(rig.clock.now().getTime() / 1000));
    // And goes on with that one, as with any.
    expect((await browser.start()).transaction).toBe(after.transaction);
  });

  it('forward and back again, keys made meanwhile do not keep sign-ins from being signed', async () => {
    const asAdmin = { authorization: `Bearer ${adminToken}` };
    rig.clock.advance(day);
    const rotated = await rig.fetch('/admin/api/signing-keys', {
      ...{ method: 'POST', headers: { ...asAdmin, 'content-type': 'application/json' } },
      body: '{"immediately":true}',
    });
    expect(rotated.status).toBe(201);
    rig.clock.advance(-day - hour);
    expect(await signIn()).toBe('device_managed');
  });

  it('a device’s history and the audit log go on, whatever the times in them', async () => {
    const audit = createAuditLog(rig.storage.audit, rig.clock);
    const event = { actor: 'alice', via: 'cli', action: 'policy.add', target: 'p' } as const;
    for (const step of [day, -day - hour, hour]) {
      await audit.append(event);
      expect(await signIn()).toBe('device_managed');
      rig.clock.advance(step);
    }
    expect((await rig.storage.devices.list({ limit: 10 })).items).toHaveLength(1);
    expect(await verifyAuditChain(rig.storage.audit)).toEqual({ entries: 3 });
  });
});
