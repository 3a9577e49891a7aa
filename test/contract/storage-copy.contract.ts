/** What backup, restore and move must do with every storage. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/index.ts';
import {
  backUpStorage,
  moveStorage,
  openStorage,
  restoreStorage,
  type Storage,
  type StorageAddress,
} from '../../src/server/index.ts';
import { scratchDirectory } from '../testkit/scratch-directory.ts';
import { at, minute, type StorageHarness } from './storage-harness.ts';

const options = { logger: silentLogger };

/** Something of what matters most, and of every type of column. */
async function fill(storage: Storage): Promise<void> {
  await storage.authorities.add([
    { id: 'ca', der: Buffer.from([0, 1, 255]), addedAt: at(0), disabled: false },
    { id: 'ca 2', der: Buffer.alloc(3000, 7), addedAt: at(1), disabled: true },
  ]);
  await storage.signingKeys.add({
    ...{ id: 'key', privateJwk: '{"d":"secret"}', createdAt: at(0), signsFrom: at(0) },
  });
  for (let index = 0; index < 600; index += 1) await signIn(storage, `t${index}`, at(index));
  await storage.transactions.sweep(at(2 * minute), 10_000);
  const session = { id: 's', transaction: 't0', createdAt: at(0), expiresAt: at(minute) };
  await storage.sessions.add(session);
  const event = { at: at(0), actor: 'ada', via: 'cli', action: 'test', after: { a: 1 } };
  for (let index = 0; index < 5; index += 1) {
    await storage.audit.append(event, (_, sequence) => `hash ${sequence}`);
  }
}

/** What {@link fill} wrote, as the stores tell it. */
async function contentOf(storage: Storage): Promise<unknown> {
  return {
    authorities: (await storage.authorities.list()).map((authority) => ({
      ...authority,
      der: Buffer.from(authority.der).toString('hex'),
    })),
    keys: await storage.signingKeys.list(),
    signIns: await storage.signIns.list({ limit: 2000 }),
    counts: await storage.signIns.counts(at(-60 * minute), at(60 * minute)),
    session: await storage.sessions.find('s', at(0)),
    audit: await storage.audit.read(0, 100),
  };
}

/**
 * Declares the suite.
 *
 * @param openOther - an empty storage of the kind to move to
 */
export function describeCopies(
  open: () => Promise<StorageHarness>,
  openOther: () => Promise<StorageHarness>,
): void {
  describe('copies', () => {
    let harness: StorageHarness;
    let target: StorageHarness;
    let file: string;

    beforeEach(async () => {
      harness = await open();
      target = await openOther();
      file = `${scratchDirectory()}/backup.gz`;
    });
    afterEach(async () => {
      for (const { storage, cleanUp } of [harness, target]) {
        await storage.close();
        await cleanUp();
      }
    });

    async function readBack(address: StorageAddress): Promise<unknown> {
      const storage = await openStorage(address, silentLogger);
      try {
        return await contentOf(storage);
      } finally {
        await storage.close();
      }
    }

    it('of a backup hold all that there was when it was made', async () => {
      await fill(harness.storage);
      const rows = await backUpStorage(harness.address, file, options);
      expect(rows.get('sign_ins')).toBe(600);
      const seen: string[] = [];
      const progress = (table: string, count: number) => void seen.push(`${table} ${count}`);
      expect(await restoreStorage(file, target.address, { ...options, progress })).toEqual(rows);
      expect(seen).toContain('sign_ins 500');
      expect(seen).toContain('sign_ins 600');
      expect(await readBack(target.address)).toEqual(await contentOf(harness.storage));
    });

    it('are made from one moment, while others write', async () => {
      await fill(harness.storage);
      const before = await contentOf(harness.storage);
      let late: Promise<unknown> = Promise.resolve();
      const progress = (table: string): void => {
        if (table !== 'sign_ins') return;
        late = harness.storage.settings.put({ key: 'late', value: '{}', version: 1 });
      };
      const rows = await backUpStorage(harness.address, file, { ...options, progress });
      expect(rows.has('settings')).toBe(false);
      await late;
      expect(await harness.storage.settings.get('late')).toBeDefined();
      await restoreStorage(file, target.address, options);
      expect(await readBack(target.address)).toEqual(before);
    });

    it.skipIf(process.platform === 'win32')(
      'are readable by their owner only, and overwrite nothing',
      async () => {
        const umask = process.umask(0);
        try {
          await backUpStorage(harness.address, file, options);
        } finally {
          process.umask(umask);
        }
        expect(statSync(file).mode & 0o777).toBe(0o600);
        const there = readFileSync(file);
        const again = backUpStorage(harness.address, file, options);
        await expect(again).rejects.toMatchObject({ code: 'EEXIST' });
        expect(readFileSync(file)).toEqual(there);
      },
    );

    it('that cannot be finished leave no file', async () => {
      const progress = () => {
        throw new Error('no');
      };
      await fill(harness.storage);
      const failed = backUpStorage(harness.address, file, { ...options, progress });
      await expect(failed).rejects.toThrow('no');
      expect(existsSync(file)).toBe(false);
    });

    it('of a move hold all, and new authorities follow the old ones', async () => {
      await fill(harness.storage);
      const rows = await moveStorage(harness.address, target.address, options);
      expect(rows.get('audit_entries')).toBe(5);
      const storage = await openStorage(target.address, silentLogger);
      expect(await contentOf(storage)).toEqual(await contentOf(harness.storage));
      const next = { id: 'next', der: Buffer.from('x'), addedAt: at(2), disabled: false };
      await storage.authorities.add([next]);
      const order = (await storage.authorities.list()).map(({ id }) => id);
      expect(order).toEqual(['ca', 'ca 2', 'next']);
      await storage.close();
    });

    it('leave out sign-ins under way', async () => {
      await begin(harness.storage, 't');
      await moveStorage(harness.address, target.address, options);
      const storage = await openStorage(target.address, silentLogger);
      expect(await storage.transactions.find('t')).toBeUndefined();
      await storage.close();
    });

    it('are refused where there is something already, and change nothing there', async () => {
      await backUpStorage(harness.address, file, options);
      await target.storage.settings.put({ key: 'mine', value: '{}', version: 1 });
      const refused = { code: 'storage_not_empty' };
      const restored = restoreStorage(file, target.address, options);
      await expect(restored).rejects.toMatchObject(refused);
      const moved = moveStorage(harness.address, target.address, options);
      await expect(moved).rejects.toMatchObject(refused);
      expect(await target.storage.settings.get('mine')).toBeDefined();
    });

    it('of a newer version are refused', async () => {
      await backUpStorage(harness.address, file, options);
      rewrite((text) => text.replace(/"schema":\d+/, '"schema":99'));
      const restored = restoreStorage(file, target.address, options);
      await expect(restored).rejects.toMatchObject({ code: 'storage_newer' });
    });

    it('of an older version are brought up to date', async () => {
      const decidedAt = at(0).getTime();
      const lines = [
        { format: 'countersign-server backup', version: 1, schema: 2, createdAt: '2026-03-01' },
        {
          table: 'sign_ins',
          columns: ['transaction_id', 'origin', 'decided_at', 'managed', 'result'],
        },
        ['t', 'https://app.example', decidedAt, 0, '{"code":"certificate_expired"}'],
        { end: 1 },
      ];
      writeFileSync(file, gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
      await restoreStorage(file, target.address, options);
      const storage = await openStorage(target.address, silentLogger);
      const [count] = await storage.signIns.counts(at(-60 * minute), at(60 * minute));
      expect(count).toMatchObject({ code: 'certificate_expired', allowed: false, count: 1 });
      await storage.close();
    });

    it('that are not what was read are undone', async () => {
      await fillLittle();
      await backUpStorage(harness.address, file, options);
      // The database makes a number of it.
      rewrite((text) => text.replace(/^(\["key","\{\}",)(\d+)/m, '$1"$2"'));
      const restored = restoreStorage(file, target.address, options);
      await expect(restored).rejects.toMatchObject({ code: 'storage_copy_differs' });
      const storage = await openStorage(target.address, silentLogger);
      expect(await storage.signingKeys.list()).toEqual([]);
      await storage.close();
    });

    function rewrite(change: (text: string) => string): void {
      writeFileSync(file, gzipSync(change(gunzipSync(readFileSync(file)).toString('utf8'))));
    }

    it.each<[string, (bytes: Buffer) => Buffer]>([
      ['nothing', () => Buffer.alloc(0)],
      ['no compressed file', () => Buffer.from('junk that is no gzip at all')],
      ['cut off within', (bytes) => bytes.subarray(0, bytes.length / 2)],
      ['cut off by its last line', changed((text) => text.replace(/\{"end".*\n$/, ''))],
      ['short of a row', changed((text) => text.replace(/\n\[.*\n\{"end"/, '\n{"end"'))],
      ['of another kind', changed(() => '{"format":"other","version":1,"schema":3}\n')],
      ['of no JSON', changed((text) => text.replace('\n[', '\n(['))],
      ['with an unknown table', changed((text) => text.replace('"sign_ins"', '"leases"'))],
      ['with a column that is no name', changed((text) => text.replace('["id"', '["id) --"'))],
      ['with a row too short', changed((text) => text.replace(/\n\["[^"]*",/, '\n['))],
      ['with a value of no kind', changed((text) => text.replace(/\n\["[^"]*"/, '\n[true'))],
      ['deeply nested', changed((text) => text.replace('\n[', `\n${'['.repeat(20_000)}`))],
    ])('that are damaged are refused, and write nothing: %s', async (_, damage) => {
      await fillLittle();
      await backUpStorage(harness.address, file, options);
      writeFileSync(file, damage(readFileSync(file)));
      const restored = restoreStorage(file, target.address, options);
      await expect(restored).rejects.toMatchObject({ code: 'backup_invalid' });
      expect(await target.storage.settings.get('a')).toBeUndefined();
      expect(await target.storage.authorities.list()).toEqual([]);
    });

    async function fillLittle(): Promise<void> {
      await harness.storage.settings.put({ key: 'a', value: '{}', version: 1 });
      await harness.storage.signingKeys.add({
        ...{ id: 'key', privateJwk: '{}', createdAt: at(0), signsFrom: at(0) },
      });
      for (const id of ['t1', 't2']) await signIn(harness.storage, id, at(0));
    }
  });
}

function changed(change: (text: string) => string): (bytes: Buffer) => Buffer {
  return (bytes) => gzipSync(change(gunzipSync(bytes).toString('utf8')));
}

async function begin(storage: Storage, id: string): Promise<void> {
  await storage.transactions.add(
    {
      ...{ id, session: 's', origin: 'https://app.example', terms: 't', nonce: 'n' },
      ...{ challenge: 'c', createdAt: at(0), expiresAt: at(minute) },
    },
    10_000,
  );
}

async function signIn(storage: Storage, id: string, time: Date): Promise<void> {
  await begin(storage, id);
  await storage.transactions.take(id, 'n', at(0));
  await storage.transactions.conclude({
    origin: 'https://app.example',
    result: {
      ...{ managed: true, code: 'device_managed', message: 'Über\n“quoted”.', checks: [] },
      ...{ transaction: id, decidedAt: time.toISOString() },
    },
  });
}
