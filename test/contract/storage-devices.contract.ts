/** What every storage must do with devices. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../../src/server/index.ts';
import type {
  Device,
  DeviceAlarm,
  DeviceCertificate,
  DeviceObservation,
  DeviceQuery,
} from '../../src/server/storage/index.ts';
import { at, minute, type StorageHarness } from './storage-harness.ts';

const day = 86_400_000;

function sha256(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0');
}

/** What a proof of a device shows; its certificate is named as the device is. */
function observation(
  id: string,
  given: Partial<DeviceObservation['device']> = {},
  certificate: Partial<DeviceCertificate> = {},
  raised?: DeviceAlarm,
): DeviceObservation {
  const device = {
    id,
    state: 'active',
    platform: 'linux',
    osVersion: '6.1',
    hostname: `host-of-${id}`,
    serial: `SERIAL-${id}`,
    agentVersion: '1.0.0',
    agentInstance: `urn:uuid:${id}`,
    keyStore: 'pkcs11',
    keyProtection: 'hardware',
    firstSeenAt: at(0),
    lastSeenAt: at(0),
    certificate: sha256(id),
    formerInstances: ['urn:uuid:former'],
    ...given,
  } as const;
  return {
    device,
    certificate: {
      sha256: device.certificate,
      device: id,
      publicKeySha256: sha256(id),
      subject: `CN=${id},O=Example`,
      issuer: 'CN=Authority',
      serialNumber: '0a',
      notBefore: at(-day),
      notAfter: at(30 * day),
      authority: 'authority',
      firstSeenAt: device.firstSeenAt,
      lastSeenAt: device.lastSeenAt,
      ...certificate,
    },
    ...(raised === undefined ? {} : { alarm: raised }),
  };
}

function alarm(id: string, device: string, time = at(0)): DeviceAlarm {
  const { hostname, platform, osVersion, agentVersion, agentInstance, keyStore, keyProtection } =
    observation('other').device;
  return {
    ...{ id, device, kind: 'clone', at: time, message: 'Its certificate was used elsewhere.' },
    claims: { hostname, platform, osVersion, agentVersion, agentInstance, keyStore, keyProtection },
  };
}

/** Declares the suite. */
export function describeDevices(open: () => Promise<StorageHarness>): void {
  describe('devices', () => {
    let harness: StorageHarness;
    let storage: Storage;

    beforeEach(async () => {
      harness = await open();
      storage = harness.storage;
    });
    afterEach(async () => {
      await storage.close();
      await harness.cleanUp();
    });

    const ids = async (query: Partial<DeviceQuery>): Promise<string[]> => {
      const { items } = await storage.devices.list({ limit: 10, ...query });
      return items.map(({ id }) => id);
    };

    it('are found as they were seen: by id, certificate, key and agent', async () => {
      const { devices } = storage;
      const seen = observation('a');
      expect(await devices.observe(seen)).toBe(true);
      const device: Device = { ...seen.device, openAlarms: 0 };
      expect(await devices.find('a')).toEqual(device);
      expect(await devices.findByCertificate(sha256('a'))).toEqual(device);
      expect(await devices.findByPublicKey(sha256('a'))).toEqual(device);
      expect(await devices.findByInstance('urn:uuid:a')).toEqual([device]);
      expect(await devices.certificates('a')).toEqual([seen.certificate]);
      expect(await devices.find('b')).toBeUndefined();
      expect(await devices.findByCertificate(sha256('b'))).toBeUndefined();
      expect(await devices.findByPublicKey(sha256('b'))).toBeUndefined();
      expect(await devices.findByInstance('urn:uuid:b')).toEqual([]);
    });

    it('keep their certificates, those of renewals included, the one seen last first', async () => {
      const { devices } = storage;
      await devices.observe(observation('a'));
      const renewed = observation('a', { certificate: sha256('a2'), lastSeenAt: at(minute) });
      await devices.observe(renewed);
      const certificates = await devices.certificates('a');
      expect(certificates.map((certificate) => certificate.sha256)).toEqual([
        sha256('a2'),
        sha256('a'),
      ]);
      expect((await devices.findByCertificate(sha256('a')))?.certificate).toBe(sha256('a2'));
    });

    it('keep the state that an administrator gave them when they are seen again', async () => {
      const { devices } = storage;
      await devices.observe(observation('a'));
      expect(await devices.setState('a', 'deactivated')).toBe(true);
      expect(await devices.setState('b', 'deactivated')).toBe(false);
      await devices.observe(observation('a', { hostname: 'renamed', lastSeenAt: at(minute) }));
      const device = await devices.find('a');
      expect(device).toMatchObject({ state: 'deactivated', hostname: 'renamed' });
      expect(device?.lastSeenAt).toEqual(at(minute));
    });

    it('do not take another device’s certificate, and then nothing of it is written', async () => {
      const { devices } = storage;
      await devices.observe(observation('a'));
      const thief = observation('b', { certificate: sha256('a') }, {}, alarm('x', 'b'));
      expect(await devices.observe(thief)).toBe(false);
      expect(await devices.find('b')).toBeUndefined();
      expect(await devices.findAlarm('x')).toBeUndefined();
    });

    it('are one where two processes see a new certificate at the same time', async () => {
      const other = await harness.reopen();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          const store = index % 2 === 0 ? storage : other;
          return store.devices.observe(
            observation(`device-${index}`, { certificate: sha256('one') }),
          );
        }),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect((await storage.devices.list({ limit: 100 })).items).toHaveLength(1);
      await other.close();
    });

    it('may claim to be called whatever they like', async () => {
      for (const hostname of [
        'a\0b',
        '',
        '\u{1f4bb}',
        'x'.repeat(10_000),
        "'; DROP TABLE devices",
      ]) {
        expect(await storage.devices.observe(observation('a', { hostname }))).toBe(true);
        expect(await storage.devices.list({ limit: 10, text: hostname })).toBeDefined();
      }
    });

    describe('in lists', () => {
      beforeEach(async () => {
        const { devices } = storage;
        await devices.observe(observation('a', { hostname: 'Berlin-1', lastSeenAt: at(1) }));
        await devices.observe(
          observation('b', {
            hostname: 'berlin-2',
            platform: 'windows',
            serial: 'C02-17',
            lastSeenAt: at(2),
          }),
        );
        await devices.observe(
          observation(
            'c',
            { hostname: 'über', lastSeenAt: at(3) },
            { subject: 'O=Example,CN=Müller\\, Anna', notAfter: at(day) },
            alarm('x', 'c'),
          ),
        );
        await devices.setState('b', 'deactivated');
      });

      it('come in the order in which they were seen last, page by page', async () => {
        const { devices } = storage;
        const first = await devices.list({ limit: 2 });
        expect(first.items.map(({ id }) => id)).toEqual(['c', 'b']);
        const second = await devices.list({ limit: 2, after: first.next });
        expect(second.items.map(({ id }) => id)).toEqual(['a']);
        expect(second.next).toBeUndefined();
      });

      it('refuse a cursor that is none of theirs', async () => {
        for (const after of ['', 'x', Buffer.from('[1]').toString('base64url')]) {
          await expect(storage.devices.list({ limit: 2, after })).rejects.toMatchObject({
            code: 'cursor_invalid',
          });
        }
      });

      it.each<[string, Partial<DeviceQuery>, string[]]>([
        ['the start of a host name, in any case', { text: 'BERLIN' }, ['b', 'a']],
        ['a host name beyond ASCII', { text: 'Über' }, ['c']],
        ['the start of a serial number', { text: 'c02-' }, ['b']],
        ['the start of a common name', { text: 'müller' }, ['c']],
        ['a whole certificate hash', { text: sha256('a').toUpperCase() }, ['a']],
        ['text that nothing starts with', { text: 'erlin' }, []],
        ['text with wildcards', { text: '%' }, []],
        ['a platform', { platform: 'windows' }, ['b']],
        ['a state', { state: 'active' }, ['c', 'a']],
        ['an authority', { authority: 'authority' }, ['c', 'b', 'a']],
        ['another authority', { authority: 'other' }, []],
        ['open alarms', { alarmed: true }, ['c']],
        ['no open alarms', { alarmed: false }, ['b', 'a']],
        ['an expiry', { expiringBefore: at(2 * day) }, ['c']],
        ['several at once', { text: 'berlin', state: 'active' }, ['a']],
      ])('are found by %s', async (_, query, expected) => {
        expect(await ids(query)).toEqual(expected);
      });

      it('are counted', async () => {
        expect(await storage.devices.counts()).toEqual({
          total: 3,
          deactivated: 1,
          openAlarms: 1,
          byPlatform: { linux: 2, windows: 1 },
        });
      });

      it('tell in which week active ones’ certificates end', async () => {
        // 1 March 2026 is a Sunday.
        const weeks = await storage.devices.expiringByWeek(at(0), 6);
        expect(weeks[0]).toEqual({ start: new Date('2026-02-23T00:00:00Z'), certificates: 0 });
        expect(weeks.map(({ certificates }) => certificates)).toEqual([0, 1, 0, 0, 0, 1]);
      });
    });

    it('are found by the start of a name that hundreds have, the one seen last first', async () => {
      const { devices } = storage;
      await storage.atomically(async () => {
        for (let index = 0; index < 520; index += 1) {
          const hostname = `\u{1f4bb}laptop-${519 - index}`;
          await devices.observe(observation(`d${index}`, { hostname, lastSeenAt: at(index) }));
        }
        await devices.observe(observation('other', { lastSeenAt: at(9999) }));
      });
      const text = '\u{1f4bb}LAPTOP';
      const first = await devices.list({ limit: 2, text });
      expect(first.items.map(({ id }) => id)).toEqual(['d519', 'd518']);
      const second = await devices.list({ limit: 2, text, after: first.next });
      expect(second.items.map(({ id }) => id)).toEqual(['d517', 'd516']);
      expect(await ids({ text, platform: 'windows' })).toEqual([]);
      expect((await devices.list({ limit: 1000, text })).items).toHaveLength(520);
    });

    it('have alarms, youngest first, which are acknowledged once', async () => {
      const { devices } = storage;
      await devices.observe(observation('a', {}, {}, alarm('x', 'a', at(1))));
      await devices.observe(observation('a', {}, {}, alarm('y', 'a', at(2))));
      await devices.observe(observation('b', {}, {}, alarm('z', 'b', at(3))));
      const list = async (query: object): Promise<string[]> =>
        (await devices.listAlarms({ limit: 10, ...query })).items.map(({ id }) => id);
      expect(await list({})).toEqual(['z', 'y', 'x']);
      expect(await list({ device: 'a' })).toEqual(['y', 'x']);
      expect((await devices.find('a'))?.openAlarms).toBe(2);
      expect(await devices.acknowledgeAlarm('x', 'ada', at(9))).toBe(true);
      expect(await devices.acknowledgeAlarm('x', 'bob', at(10))).toBe(false);
      expect(await devices.acknowledgeAlarm('none', 'ada', at(9))).toBe(false);
      expect(await devices.findAlarm('x')).toEqual({
        ...alarm('x', 'a', at(1)),
        acknowledgedAt: at(9),
        acknowledgedBy: 'ada',
      });
      expect(await list({ open: true })).toEqual(['z', 'y']);
      expect(await list({ open: false })).toEqual(['x']);
      expect((await devices.find('a'))?.openAlarms).toBe(1);
    });
  });
}
