/** The addon as built for a Mac, through its N-API layer, on Linux with the double. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CertificateStore, StoreListing } from '../../src/keystore/index.ts';
import { openMacosStore } from '../../src/keystore/macos/macos-store.ts';
import { nativeFailure, type NativeTcpConnection } from '../../src/native/index.ts';
import {
  describeWithAppleDouble,
  loadAppleDouble,
  type AppleDouble,
  type KeychainItem,
} from '../testkit/apple-double.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import { TestCa } from '../testkit/test-ca.ts';

const login = '/Users/alice/Library/Keychains/login.keychain-db';
const domain = 'com.example.agent';
const buildMs = 600_000;

const issuing = TestCa.root().issueCa();

describeWithAppleDouble('the addon of macOS', () => {
  let double: AppleDouble;

  beforeAll(() => {
    double = loadAppleDouble();
  }, buildMs);

  beforeEach(() => {
    double.control.clear();
  });

  afterAll(() => {
    double.control.clear();
    expect(double.control.dialogs()).toBe(0);
  });

  function add(label: string, options: Partial<KeychainItem> = {}): void {
    const { der, privateKey } = issuing.issue({ commonName: label });
    const pkcs8 = privateKey?.export({ type: 'pkcs8', format: 'der' });
    if (pkcs8 === undefined) throw new Error('no key');
    double.control.add({ label, certificate: der, privateKey: pkcs8, ...options });
  }

  async function withStore<T>(work: (store: CertificateStore) => Promise<T>): Promise<T> {
    const store = openMacosStore(
      { keychain: undefined, sha256: undefined },
      { uri: 'macos:' },
      () => new double.addon.CertificateStore(),
    );
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  /** The code that signing with the only identity ends with. */
  async function signCode(): Promise<unknown> {
    return withStore(async (store) => {
      const [identity] = (await store.list()).certificates;
      if (identity?.key === undefined) throw new Error('no identity');
      const code = await codeOfRejection(identity.signer.sign('ES256', Buffer.from('x')));
      expect(double.control.dialogs()).toBe(0);
      return code;
    });
  }

  it('says of a key that refuses this program, or would ask, what is to be done', async () => {
    add('denied', { keychain: login, access: 'denied' });
    expect(await signCode()).toBe('key_not_permitted');
    for (const keychain of [{ keychain: login }, {}]) {
      double.control.clear();
      add('asks', { ...keychain, access: 'needs-dialog' });
      expect(await signCode()).toBe('user_interaction_required');
    }
  });

  it('tells where keys live', async () => {
    add('software', { keychain: login, extractable: true });
    add('enclave', { tokenId: 'com.apple.setoken' });
    add('card', { tokenId: 'com.apple.pivtoken:0123' });
    const { certificates } = await withStore((store) => store.list());
    expect(Object.fromEntries(certificates.map(({ label, key }) => [label, key]))).toEqual({
      software: { provider: 'Keychain', protection: 'software', exportable: true },
      enclave: { provider: 'Secure Enclave', protection: 'hardware', exportable: false },
      card: { provider: 'Token com.apple.pivtoken:0123', protection: 'hardware' },
    });
  });

  it('offers an RSA key that cannot do PSS for what it can', async () => {
    const { der, privateKey } = issuing.issue({ keyType: 'rsa2048' });
    const pkcs8 = privateKey?.export({ type: 'pkcs8', format: 'der' });
    add('card', { certificate: der, privateKey: pkcs8 ?? Buffer.of(), canPss: false });
    const [identity] = (await withStore((store) => store.list())).certificates;
    expect(identity?.key !== undefined && identity.signer.algorithms).toEqual(['RS256']);
  });

  it('lists one kind of keychain where the other fails', async () => {
    add('user', { keychain: login });
    add('card');
    const list = (): Promise<StoreListing> => withStore((store) => store.list());
    double.control.setStatus(0, -34018);
    const withoutCard = await list();
    double.control.setStatus(-25291, 0);
    const withoutUser = await list();
    expect(withoutCard.certificates.map(({ label }) => label)).toEqual(['user']);
    expect(withoutCard.problems).toMatchObject([{ location: 'macos:data-protection' }]);
    expect(withoutUser.certificates.map(({ label }) => label)).toEqual(['card']);
    expect(withoutUser.problems).toMatchObject([{ location: 'macos:file' }]);
    double.control.setStatus(-25291, -34018);
    expect(await codeOfRejection(list())).toBe('store_unavailable');
  });

  it('reads the settings that a profile enforces', async () => {
    double.control.force(domain, 'issuer', 'https://login.example');
    double.control.force(domain, 'port', 41_234);
    double.control.force(domain, 'enabled', true);
    expect(
      await double.addon.readManagedPolicy(domain, ['issuer', 'port', 'enabled', 'absent']),
    ).toEqual([
      {
        name: 'managed preferences of com.example.agent',
        values: { issuer: 'https://login.example', port: 41_234, enabled: true },
      },
    ]);
    expect(await double.addon.readManagedPolicy('com.example.other', ['issuer'])).toEqual([]);
  });

  it.each(['127.0.0.1', '::1'])('finds the process at the other end of %s', async (address) => {
    const server = createServer().listen(0, address);
    await new Promise((resolve) => server.once('listening', resolve));
    const client = connect((server.address() as AddressInfo).port, address);
    await new Promise((resolve) => client.once('connect', resolve));
    try {
      const connection = seenBy(client, address);
      expect(await double.addon.findPeerProcess(connection)).toEqual({
        pid: process.pid,
        user: String(process.geteuid?.()),
        sameUser: true,
      });
      const other = { ...connection, localPort: connection.localPort ^ 1 };
      expect(await double.addon.findPeerProcess(other)).toBeUndefined();
    } finally {
      client.destroy();
      server.close();
    }
  });

  it('reports a failure with facility, code and call', async () => {
    const store = new double.addon.CertificateStore();
    const signing = store.sign(login, Buffer.from('nothing'), 'ES256', Buffer.alloc(32));
    const failure = nativeFailure(await signing.catch((error: unknown) => error));
    expect(failure).toMatchObject({ facility: 'countersign', code: 3, api: 'SecItemCopyMatching' });
    store.close();
  });
});

/** The connection as the client's own socket sees it. */
function seenBy(client: Socket, address: string): NativeTcpConnection {
  const octets = address === '::1' ? [...new Array<number>(15).fill(0), 1] : [127, 0, 0, 1];
  return {
    localAddress: Uint8Array.from(octets),
    localPort: client.localPort ?? 0,
    remoteAddress: Uint8Array.from(octets),
    remotePort: client.remotePort ?? 0,
  };
}
