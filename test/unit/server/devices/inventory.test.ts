import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../../src/core/index.ts';
import { createInventory, type Inventory } from '../../../../src/server/devices/index.ts';
import type { Storage } from '../../../../src/server/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { TestCa, type TestCertificate } from '../../../testkit/test-ca.ts';
import { openScratchStorage } from '../scratch-storage.ts';
import { evidenceOf, instance, type Machine } from './proof-evidence.ts';

const ca = TestCa.root();
const issue = (commonName = 'laptop-1') => ca.issue({ commonName });
const laptop: Machine = { instance: instance(1), hostname: 'laptop-1', serial: 'S1' };

describe('the inventory', () => {
  let storage: Storage;
  let clock: FakeClock;
  let inventory: Inventory;

  beforeEach(async () => {
    clock = new FakeClock();
    storage = await openScratchStorage();
    inventory = createInventory({ storage, clock, random: systemRandom });
  });
  afterEach(() => storage.close());

  const recognize = (certificate: TestCertificate, machine: Machine = laptop) =>
    inventory.recognize(evidenceOf(certificate, machine));
  const listAll = async () => (await inventory.list({ limit: 100 })).items;
  const alarms = async () => (await inventory.listAlarms({ limit: 100 })).items;

  it('knows a device again by its certificate', async () => {
    const certificate = issue();
    const first = await recognize(certificate);
    expect(first.refusal).toBeUndefined();
    clock.advance(60_000);
    expect((await recognize(certificate, { ...laptop, agentVersion: '2.0.0' })).device).toBe(
      first.device,
    );
    expect(await inventory.find(first.device)).toMatchObject({
      hostname: 'laptop-1',
      serial: 'S1',
      agentVersion: '2.0.0',
      state: 'active',
      lastSeenAt: clock.now(),
      openAlarms: 0,
    });
    expect(await listAll()).toHaveLength(1);
    expect(await inventory.certificates(first.device)).toMatchObject([
      { subject: 'CN=laptop-1,O=Test', authority: 'a'.repeat(64) },
    ]);
  });

  it('does not write with every proof where nothing is new', async () => {
    const certificate = issue();
    const { device } = await recognize(certificate);
    const { lastSeenAt } = await inventory.find(device);
    clock.advance(59_999);
    await recognize(certificate);
    expect((await inventory.find(device)).lastSeenAt).toEqual(lastSeenAt);
    clock.advance(1);
    await recognize(certificate);
    expect((await inventory.find(device)).lastSeenAt).toEqual(clock.now());
  });

  it('does not take a device for unseen where the clock is set back', async () => {
    const certificate = issue();
    const { device } = await recognize(certificate);
    const seen = clock.now();
    clock.advance(-3_600_000);
    await recognize(certificate, { ...laptop, agentVersion: '2.0.0' });
    expect((await inventory.find(device)).lastSeenAt).toEqual(seen);
  });

  it('adds a new device once, however many proofs come at the same time', async () => {
    const certificate = issue();
    const seen = await Promise.all(Array.from({ length: 8 }, () => recognize(certificate)));
    expect(new Set(seen.map(({ device }) => device)).size).toBe(1);
    expect(await listAll()).toHaveLength(1);
  });

  describe('takes a new certificate for the device’s', () => {
    it('where it has the same key', async () => {
      const certificate = issue();
      const { device } = await recognize(certificate);
      const renewed = ca.issue({ commonName: 'other', publicKey: certificate.publicKey });
      expect((await recognize(renewed)).device).toBe(device);
      expect(await inventory.certificates(device)).toHaveLength(2);
    });

    it('where agent, machine and subject are the device’s', async () => {
      const { device } = await recognize(issue());
      const renewed = issue();
      const { device: same } = await recognize(renewed);
      expect(same).toBe(device);
      expect((await inventory.find(device)).certificate).toBe(
        evidenceOf(renewed, laptop).certificateSha256,
      );
    });

    it('where the machine gives no serial number, by its host name', async () => {
      const bare = { ...laptop, serial: undefined };
      const { device } = await recognize(issue(), bare);
      expect((await recognize(issue(), bare)).device).toBe(device);
      const renamed = await recognize(issue(), { ...bare, hostname: 'laptop-2' });
      expect(renamed.device).not.toBe(device);
    });

    it.each<[string, string, Machine]>([
      ['the subject is another: claims alone take no entry over', 'laptop-2', laptop],
      ['the agent is another', 'laptop-1', { ...laptop, instance: instance(2) }],
      ['the machine is another', 'laptop-1', { ...laptop, serial: 'S2' }],
    ])('but not where %s', async (_, commonName, machine) => {
      const { device } = await recognize(issue());
      const other = await recognize(issue(commonName), machine);
      expect(other.refusal).toBeUndefined();
      expect(other.device).not.toBe(device);
      expect(await inventory.certificates(device)).toHaveLength(1);
    });
  });

  it('does not take a certificate that is another device’s', async () => {
    const { device } = await recognize(issue());
    const certificate = issue('laptop-2');
    const other = await recognize(certificate, { instance: instance(2), hostname: 'laptop-2' });
    const posing = await recognize(certificate, { ...laptop, instance: instance(2) });
    expect(posing.device).toBe(other.device);
    expect(posing.device).not.toBe(device);
  });

  it('takes a new agent on the same machine for a new installation', async () => {
    const certificate = issue();
    const { device } = await recognize(certificate);
    const again = await recognize(certificate, { ...laptop, instance: instance(2) });
    expect(again).toMatchObject({ device, message: expect.stringContaining('anew') as string });
    expect(again.refusal).toBeUndefined();
    expect(await inventory.find(device)).toMatchObject({
      agentInstance: instance(2),
      formerInstances: [instance(1)],
    });
    expect(await alarms()).toEqual([]);
  });

  describe('raises an alarm and refuses', () => {
    it.each<[string, Machine]>([
      ['another machine by its serial number', { ...laptop, instance: instance(2), serial: 'S2' }],
      ['a copied disk, by its serial number', { ...laptop, serial: 'S2' }],
      [
        'another machine by its host name',
        { instance: instance(2), hostname: 'kali', serial: undefined },
      ],
    ])('%s', async (_, machine) => {
      const certificate = issue();
      const { device } = await recognize(certificate);
      expect(await recognize(certificate, machine)).toMatchObject({
        device,
        refusal: 'device_cloned',
      });
      expect(await alarms()).toMatchObject([
        { device, kind: 'clone', claims: { agentInstance: machine.instance } },
      ]);
      expect(await inventory.find(device)).toMatchObject({ ...known(laptop), openAlarms: 1 });
    });

    it('two agents that take turns, though both name the same machine', async () => {
      const certificate = issue();
      const { device } = await recognize(certificate);
      const copy = { ...laptop, instance: instance(2) };
      expect((await recognize(certificate, copy)).refusal).toBeUndefined();
      expect((await recognize(certificate)).refusal).toBe('device_cloned');
      expect((await recognize(certificate, copy)).refusal).toBe('device_cloned');
      expect((await inventory.find(device)).openAlarms).toBe(1);
    });

    it('also the device itself, until an administrator has looked', async () => {
      const certificate = issue();
      await recognize(certificate);
      await recognize(certificate, { ...laptop, serial: 'S2' });
      expect((await recognize(certificate)).refusal).toBe('device_cloned');
      const [alarm] = await alarms();
      await inventory.acknowledge(alarm?.id ?? '', 'ada', false);
      expect((await recognize(certificate)).refusal).toBeUndefined();
      expect((await recognize(certificate, { ...laptop, serial: 'S2' })).refusal).toBe(
        'device_cloned',
      );
    });
  });

  it('goes on with the machine of an alarm that was none', async () => {
    const certificate = issue();
    const { device } = await recognize(certificate);
    const replaced = { instance: instance(2), hostname: 'laptop-1b' };
    await recognize(certificate, { ...replaced, serial: undefined });
    const [alarm] = await alarms();
    await inventory.acknowledge(alarm?.id ?? '', 'ada', true);
    expect(await inventory.findAlarm(alarm?.id ?? '')).toMatchObject({ acknowledgedBy: 'ada' });
    expect((await recognize(certificate, replaced)).refusal).toBeUndefined();
    expect(await inventory.find(device)).toMatchObject({ hostname: 'laptop-1b', openAlarms: 0 });
    expect((await inventory.find(device)).serial).toBeUndefined();
  });

  it('raises one alarm a machine, and twenty at most', async () => {
    const certificate = issue();
    await recognize(certificate);
    for (let i = 0; i < 30; i++) {
      await recognize(certificate, { instance: instance(100 + (i >> 1)), hostname: `vm-${i}` });
    }
    expect(await alarms()).toHaveLength(15);
    for (let i = 0; i < 10; i++) {
      await recognize(certificate, { instance: instance(200 + i), hostname: `vm-${i}` });
    }
    expect(await alarms()).toHaveLength(20);
  });

  it('lets copies in where it is told to raise alarms alone', async () => {
    await inventory.changeSettings(0, { clones: 'alarm' });
    const certificate = issue();
    const { device } = await recognize(certificate);
    const copy = await recognize(certificate, { ...laptop, serial: 'S2' });
    expect(copy.refusal).toBeUndefined();
    expect(await alarms()).toHaveLength(1);
    expect(await inventory.find(device)).toMatchObject(known(laptop));
    expect((await recognize(certificate)).refusal).toBeUndefined();
  });

  it('refuses a deactivated device by each of its certificates, until it is reactivated', async () => {
    const certificate = issue();
    const { device } = await recognize(certificate);
    expect((await inventory.setState(device, 'deactivated')).state).toBe('active');
    expect((await recognize(certificate)).refusal).toBe('device_deactivated');
    expect((await recognize(issue())).refusal).toBe('device_deactivated');
    const sameKey = ca.issue({ publicKey: certificate.publicKey });
    expect((await recognize(sameKey)).refusal).toBe('device_deactivated');
    await inventory.setState(device, 'active');
    expect((await recognize(certificate)).refusal).toBeUndefined();
  });

  it('has settings that two administrators do not overwrite for each other', async () => {
    expect(await inventory.settings()).toEqual({ clones: 'refuse', version: 0 });
    expect(await inventory.changeSettings(0, { clones: 'alarm' })).toEqual({
      clones: 'alarm',
      version: 1,
    });
    expect(await codeOfRejection(inventory.changeSettings(0, { clones: 'refuse' }))).toBe(
      'device_settings_changed',
    );
    expect(await codeOfRejection(inventory.changeSettings(1, { clones: 'ignore' }))).toBe(
      'device_settings_invalid',
    );
    expect(await inventory.settings()).toEqual({ clones: 'alarm', version: 1 });
  });

  it('says what it does not know', async () => {
    expect(await codeOfRejection(inventory.find('x'))).toBe('device_unknown');
    expect(await codeOfRejection(inventory.certificates('x'))).toBe('device_unknown');
    expect(await codeOfRejection(inventory.setState('x', 'active'))).toBe('device_unknown');
    expect(await codeOfRejection(inventory.findAlarm('x'))).toBe('alarm_unknown');
    expect(await codeOfRejection(inventory.acknowledge('x', 'ada', true))).toBe('alarm_unknown');
  });

  it('does not acknowledge an alarm twice', async () => {
    const certificate = issue();
    await recognize(certificate);
    await recognize(certificate, { ...laptop, serial: 'S2' });
    const [alarm] = await alarms();
    await inventory.acknowledge(alarm?.id ?? '', 'ada', false);
    const again = inventory.acknowledge(alarm?.id ?? '', 'bob', true);
    expect(await codeOfRejection(again)).toBe('alarm_acknowledged');
  });
});

/** What the inventory holds of a machine that it knows. */
function known({ instance: agentInstance, hostname, serial }: Machine) {
  return { agentInstance, hostname, serial };
}
