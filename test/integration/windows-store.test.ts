import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Identity, StoredCertificate } from '../../src/keystore/index.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import { findCommand } from '../testkit/find-command.ts';
import { describeWith, type Component } from '../testkit/require-component.ts';
import { scratchDirectory } from '../testkit/scratch-directory.ts';
import type { TestKeyType } from '../testkit/test-ca.ts';
import type { RemoteStore } from '../testkit/windows/remote-store.ts';
import { onWindows, windowsComponents, windowsPath } from '../testkit/windows/windows-host.ts';
import { userStore, WindowsFixture } from '../testkit/windows/windows-provider.ts';

const tpmProvider = 'Microsoft Platform Crypto Provider';
const enhanced = 'Microsoft Enhanced Cryptographic Provider v1.0';
const enhancedAes = 'Microsoft Enhanced RSA and AES Cryptographic Provider';

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Only Wine has the double, which does as it is told. */
const wineOnly: Component = {
  name: 'Wine',
  found: onWindows ? undefined : findCommand('wine'),
  howToGet: 'on Linux: scripts/prepare-windows-tests',
};

describeWith('Windows', [wineOnly, ...windowsComponents], () => {
  const windows = new WindowsFixture();
  let store: RemoteStore;

  beforeAll(async () => {
    await windows.start();
    store = windows.open();
  });
  afterAll(async () => {
    await windows.stop();
  });
  beforeEach(async () => {
    await windows.clear();
  });

  async function entry(): Promise<StoredCertificate> {
    const { certificates, problems } = await store.list();
    expect(problems).toEqual([]);
    expect(certificates).toHaveLength(1);
    return certificates[0] as StoredCertificate;
  }

  async function identity(): Promise<Identity> {
    const found = await entry();
    if (found.key === undefined) throw new Error(found.problem.message);
    return found;
  }

  async function problemCode(): Promise<string | undefined> {
    const found = await entry();
    return found.key === undefined ? found.problem.code : undefined;
  }

  /** One identity whose provider behaves as it is told. */
  async function add(
    settings: Readonly<Record<string, string>>,
    keyType: TestKeyType = 'p256',
    provider?: string,
  ): Promise<void> {
    await windows.addCngIdentity('one', keyType, {
      settings,
      ...(provider === undefined ? {} : { provider }),
    });
  }

  describe('the personal stores', () => {
    it('are both read and empty at first', async () => {
      expect(await store.list()).toEqual({ certificates: [], problems: [] });
    });

    it('are told apart, and can be asked for one by one', async () => {
      const [{ der }, machine] = [windows.issuing.issue(), windows.issuing.issue()];
      await windows.add(der, 'user');
      await windows.host.call('addCertificates', [
        'LocalMachine\\MY',
        [base64(machine.der)],
        'machine',
      ]);
      const labels = async (uri: string): Promise<string[]> => {
        const { certificates } = await windows.open(uri).list();
        return certificates.map(({ label, location }) => `${label} ${location.slice(0, -41)}`);
      };
      // Wine's user store shows the machine's certificates, too; that of Windows does not.
      const both = await labels('windows:');
      expect(both).toContain('user windows:CurrentUser/MY');
      expect(both).toContain('machine windows:LocalMachine/MY');
      expect(await labels('windows:LocalMachine/My')).toEqual(['machine windows:LocalMachine/MY']);
      const user = `windows:CurrentUser/My/${createHash('sha1').update(der).digest('hex')}`;
      expect(await labels(user)).toEqual(['user windows:CurrentUser/MY']);
      await windows.host.call('remove', ['LocalMachine\\MY', base64(machine.der)]);
    });
  });

  describe('a key in CNG', () => {
    it.each([
      [
        { impl: '1', export: '0' },
        { protection: 'hardware', exportable: false },
      ],
      [
        { impl: '2', export: '0' },
        { protection: 'software', exportable: false },
      ],
      [
        { impl: '9', export: '0' },
        { protection: 'hardware', exportable: false },
      ],
      [
        { impl: '2', export: '1' },
        { protection: 'software', exportable: true },
      ],
      [
        { impl: '2', export: '2' },
        { protection: 'software', exportable: true },
      ],
    ])('with %j is described as %j', async (settings, expected) => {
      await add(settings);
      expect((await identity()).key).toMatchObject(expected);
    });

    it('is used although its provider tells nothing of it', async () => {
      await add({ property: '0x80090029' });
      const { key, signer } = await identity();
      expect(key).toEqual({ provider: '', protection: 'unknown', exportable: undefined });
      expect(await signer.sign('ES256', Buffer.from('message'))).toHaveLength(64);
    });

    it('is not offered where it is not for signing', async () => {
      await add({ usage: '1' });
      expect(await problemCode()).toBe('algorithm_unsupported');
    });

    it.each([
      ['2', ['PS256', 'RS256']],
      ['1', ['RS256']],
      ['0', ['RS256']],
      ['-1', ['RS256']],
    ])('in a TPM whose PSS salt size is %s does %j', async (salt, algorithms) => {
      await add({ impl: '1', salt }, 'rsa2048', tpmProvider);
      const { key, signer } = await identity();
      expect(key).toMatchObject({ provider: tpmProvider, protection: 'hardware' });
      expect(signer.algorithms).toEqual(algorithms);
      for (const algorithm of signer.algorithms) {
        expect(await signer.sign(algorithm, Buffer.from('message'))).toHaveLength(256);
      }
    });

    it.each([
      ['0x80090016', 'key_not_found'],
      ['0x80090010', 'key_not_permitted'],
      ['0x80070005', 'key_not_permitted'],
      ['0x80090022', 'user_interaction_required'],
      ['0x8010000c', 'token_not_present'],
      ['0x8009001e', 'store_unavailable'],
      ['0x80090020', 'signature_failed'],
    ])('that opening fails for with %s is reported as %s', async (acquire, code) => {
      await add({ acquire });
      expect(await problemCode()).toBe(code);
    });

    it.each([
      ['0x80090022', 'user_interaction_required'],
      ['0x80090029', 'algorithm_unsupported'],
      ['0x80100069', 'token_not_present'],
      ['0x8010006c', 'pin_locked'],
      ['0x80090010', 'key_not_permitted'],
      ['0x8009002d', 'signature_failed'],
    ])('that signing fails for with %s throws %s', async (sign, code) => {
      await add({ sign });
      const { signer } = await identity();
      expect(await codeOfRejection(signer.sign('ES256', Buffer.from('x')))).toBe(code);
    });

    it('that would show a dialog does not, and says so', async () => {
      await add({ dialog: '1' });
      const { signer } = await identity();
      expect(await codeOfRejection(signer.sign('ES256', Buffer.from('x')))).toBe(
        'user_interaction_required',
      );
    });

    it.each(['63', '65', '5000'])('that signs with %s bytes is not believed', async (width) => {
      await add({ width });
      const { signer } = await identity();
      expect(await codeOfRejection(signer.sign('ES256', Buffer.from('x')))).toBe(
        'signature_failed',
      );
    });

    it('that is another certificate’s is found out without a signature', async () => {
      await add({});
      windows.writeKey('one', windows.issuing.issue().keyPem);
      expect(await problemCode()).toBe('key_mismatch');
    });

    it('is not found once its certificate has left the store', async () => {
      await add({});
      const { signer } = await identity();
      await windows.clear();
      expect(await codeOfRejection(signer.sign('ES256', Buffer.from('x')))).toBe('key_not_found');
    });

    it('is let go of after each use', async () => {
      await add({});
      await windows.addCngIdentity('two', 'rsa2048', { settings: { sign: '0x80090029' } });
      await windows.addCngIdentity('three', 'p384', { settings: { property: '0x80090029' } });
      await windows.addCngIdentity('four', 'p256', { settings: { acquire: '0x80090010' } });
      for (let i = 0; i < 20; i++) {
        const { certificates } = await store.list();
        for (const found of certificates) {
          if (found.key === undefined) continue;
          const [algorithm = 'ES256'] = found.signer.algorithms;
          await found.signer.sign(algorithm, Buffer.from('message')).catch(() => undefined);
        }
      }
      expect(await windows.host.call('openHandles')).toBe(0);
    });
  });

  describe('a key in CryptoAPI', () => {
    it('signs SHA-256 with a container of an older provider, opened with a newer one', async () => {
      await windows.addCapiIdentity('capi');
      expect(await windows.keyInfo('capi')).toMatchObject({
        provider: enhanced,
        providerType: 1,
      });
      const { key, signer } = await identity();
      expect(key).toEqual({ provider: enhancedAes, protection: 'software', exportable: false });
      expect(signer.algorithms).toEqual(['RS256']);
      expect(await signer.sign('RS256', Buffer.from('message'))).toHaveLength(256);
    });

    it.each([
      ['a container that does not exist', enhanced, ['key_not_found']],
      // Wine does not tell the two apart.
      ['a provider that is not installed', 'None', ['key_not_found', 'store_unavailable']],
    ])('in %s is reported', async (_what, provider, codes) => {
      const key = { container: 'nowhere', provider, providerType: 1, keySpec: 1 };
      const { der } = windows.issuing.issue({ keyType: 'rsa2048' });
      await windows.addWithKey(der, 'gone', key);
      expect(codes).toContain(await problemCode());
    });
  });

  describe('the addon', () => {
    it('survives a worker thread that ends while its signature is under way', async () => {
      await add({ delay: '500' });
      const { der } = windows.issued('one');
      const script = fileURLToPath(new URL('../testkit/windows/end-worker.mjs', import.meta.url));
      for (let i = 0; i < 3; i++) {
        await windows.host.call('run', [
          windowsPath(script),
          { store: userStore, der: base64(der) },
        ]);
      }
      const { signer } = await identity();
      expect(await signer.sign('ES256', Buffer.from('message'))).toHaveLength(64);
    });

    it.each([
      ['ends with a process that does not wait for a signature', 'exit', 7],
      ['keeps a process alive for a signature, and not for a watch', 'wait', 64],
    ])('%s', async (_what, how, exitCode) => {
      await add({ delay: '500' });
      const der = base64(windows.issued('one').der);
      const script = fileURLToPath(new URL('../testkit/windows/end-process.mjs', import.meta.url));
      const log = path.join(windows.keys, 'end-process.log');
      const program = windows.host.startProgram([windowsPath(script), how, userStore, der], log);
      const [ended] = (await once(program, 'exit')) as [number | null];
      expect(ended, readFileSync(log, 'utf8')).toBe(exitCode);
    });

    it('leaves the event loop free while a provider takes its time', async () => {
      await add({ delay: '500' });
      const der = base64(windows.issued('one').der);
      const script = fileURLToPath(new URL('../testkit/windows/measure.mjs', import.meta.url));
      const turns = await windows.host.call('run', [
        windowsPath(script),
        { task: 'turns', der, userStore },
      ]);
      // A loop that waits for the provider turns once or twice.
      expect(turns).toBeGreaterThan(100);
    });

    it('finds the process at the other end of a connection, and its user', async () => {
      const { pid } = (await windows.host.call('process')) as { pid: number };
      // Wine does not know it for a moment while another of its processes ends.
      await expect
        .poll(() => windows.host.call('ownConnection'))
        .toMatchObject({ pid, sameUser: true, user: expect.stringMatching(/^S-1-5-/) as string });
    });

    it('finds nobody where there is no such connection', async () => {
      const loopback = base64(Uint8Array.of(127, 0, 0, 1));
      const nobody = {
        localAddress: loopback,
        localPort: 1,
        remoteAddress: loopback,
        remotePort: 2,
      };
      expect(await windows.host.call('findPeerProcess', nobody)).toBeUndefined();
      const ipv6 = base64(Buffer.concat([Buffer.alloc(15), Buffer.of(1)]));
      const nobody6 = { localAddress: ipv6, localPort: 1, remoteAddress: ipv6, remotePort: 2 };
      expect(await windows.host.call('findPeerProcess', nobody6)).toBeUndefined();
    });
  });

  describe('the managed policy', () => {
    const policy = path.win32.join('Software', 'Policies', 'CountersignTest');
    const read = (keys: readonly string[]): Promise<unknown> =>
      windows.host.call('readManagedPolicy', ['CountersignTest', keys]);

    beforeEach(async () => {
      await windows.host.call('removePolicy', policy);
    });

    it('is empty where nobody has set one', async () => {
      expect(await read(['servers'])).toEqual([]);
    });

    it('has texts, numbers, lists and keys within keys, of the settings asked for', async () => {
      await windows.host.call('setPolicy', [policy, 'logLevel', 'débug']);
      await windows.host.call('setPolicy', [policy, 'port', 4_294_967_295]);
      await windows.host.call('setPolicy', [policy, 'stores', ['windows:', 'file:///C:/keys']]);
      await windows.host.call('setPolicy', [policy, 'other', 'not asked for']);
      await windows.host.call('setPolicy', [`${policy}\\servers\\1`, 'issuer', 'https://one.test']);
      await windows.host.call('setPolicy', [`${policy}\\servers\\2`, '__proto__', 'a name']);
      expect(await read(['logLevel', 'port', 'stores', 'servers', 'missing'])).toEqual([
        {
          name: 'HKEY_LOCAL_MACHINE\\Software\\Policies\\CountersignTest',
          values: {
            logLevel: 'débug',
            port: 4_294_967_295,
            stores: ['windows:', 'file:///C:/keys'],
            servers: { 1: { issuer: 'https://one.test' }, 2: { ['__proto__']: 'a name' } },
          },
        },
      ]);
    });

    it('refuses types that no setting has', async () => {
      await windows.host.call('setBinaryPolicy', [policy, 'servers', base64(Buffer.from('x'))]);
      await expect(read(['servers'])).rejects.toMatchObject({ facility: 'countersign', code: 4 });
    });

    it('refuses keys nested deeper than any setting', async () => {
      const deep = `${policy}\\servers${'\\deeper'.repeat(9)}`;
      await windows.host.call('setPolicy', [deep, 'value', 'x']);
      await expect(read(['servers'])).rejects.toMatchObject({ facility: 'countersign', code: 7 });
    });
  });

  describe('a managed settings file', () => {
    let file: string;
    const read = (maxBytes = 1024): Promise<unknown> =>
      windows.host.call('readManagedFile', [windowsPath(file), maxBytes]);

    beforeEach(() => {
      file = path.join(scratchDirectory(), 'agent.json');
      writeFileSync(file, '{"logLevel":"débug"}', { mode: 0o644 });
    });

    it('is this user’s own word where nobody else may write to it', async () => {
      expect(await read()).toEqual({ content: '{"logLevel":"débug"}' });
    });

    it('is not where everybody may', async () => {
      // Wine makes a file's access list of its mode.
      chmodSync(file, 0o666);
      expect(await read()).toMatchObject({ distrust: { reason: 'writer', sid: 'S-1-1-0' } });
    });

    it.runIf(process.getuid?.() === 0)('is not where somebody else owns it', async () => {
      chownSync(file, 65534, 65534);
      expect(await read()).toMatchObject({
        distrust: { reason: 'owner', sid: expect.stringMatching(/^S-1-/) as unknown },
      });
    });

    it('is read up to its bound, and no further', async () => {
      await expect(read(5)).rejects.toMatchObject({ facility: 'countersign', code: 7 });
      expect(await read(statSync(file).size)).not.toHaveProperty('distrust');
    });

    it('is refused in Windows’ words where it is not there, or is none', async () => {
      file = path.join(path.dirname(file), 'missing.json');
      await expect(read()).rejects.toMatchObject({ facility: 'win32', code: 2 });
      file = path.join(file, 'below.json');
      await expect(read()).rejects.toMatchObject({ facility: 'win32', code: 3 });
      file = '/dev/null';
      await expect(read()).rejects.toMatchObject({ facility: 'countersign', code: 4 });
    });
  });
});
