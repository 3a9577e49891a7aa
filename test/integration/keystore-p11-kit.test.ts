/** The modules registered with p11-kit, as one store: each for itself, whatever the others do. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { openCertificateStore, parseStoreUri } from '../../src/keystore/index.ts';
import type { CertificateStore, StoreSettings } from '../../src/keystore/index.ts';
import { openP11KitStore } from '../../src/keystore/p11-kit/p11-kit-store.ts';
import { codeOf, codeOfRejection } from '../testkit/code-of.ts';
import { compilerComponent, FakeModule, type FakeBehaviour } from '../testkit/fake-module.ts';
import { describeWith } from '../testkit/require-component.ts';
import { makeScratchDirectory } from '../testkit/make-scratch-directory.ts';
import { SoftHsm, softHsmComponent } from '../testkit/softhsm.ts';
import { TestCa } from '../testkit/test-ca.ts';

const patienceMs = 4000;

describeWith('the modules registered with p11-kit', [softHsmComponent, compilerComponent], () => {
  let directory = '';

  beforeEach(() => {
    directory = makeScratchDirectory();
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function register(name: string, modulePath: string): void {
    const modules = path.join(directory, 'modules');
    mkdirSync(modules, { recursive: true });
    writeFileSync(path.join(modules, `${name}.module`), `module: ${modulePath}\n`);
  }

  function open(settings: Partial<StoreSettings> = {}, patience = 60_000): CertificateStore {
    const uri = settings.uri ?? 'p11-kit:';
    const parsed = parseStoreUri(uri);
    if (parsed.kind !== 'p11-kit') throw new Error(parsed.kind);
    const places = { user: directory, system: [], packages: [], modules: [] };
    const store = openP11KitStore(parsed.search, { ...settings, uri }, places, patience);
    onTestFinished(() => store.close());
    return store;
  }

  /** A SoftHSM token with one identity. */
  function softHsm(): SoftHsm {
    const token = new SoftHsm('device');
    onTestFinished(() => {
      token.dispose();
    });
    const publicKey = token.generateKey({ id: '01', label: 'device', type: 'p256' });
    token.writeCertificate('01', 'device', TestCa.root().issue({ publicKey }));
    return token;
  }

  function fakeModule(behaviour: FakeBehaviour): FakeModule {
    const module = new FakeModule(behaviour);
    onTestFinished(() => {
      module.dispose();
    });
    return module;
  }

  async function signs(store: CertificateStore): Promise<boolean[]> {
    const { certificates } = await store.list();
    return Promise.all(
      certificates.map(async (entry) => {
        if (entry.key === undefined) return false;
        const [algorithm = 'EdDSA'] = entry.signer.algorithms;
        return (await entry.signer.sign(algorithm, Buffer.from('message'))).length > 0;
      }),
    );
  }

  it('are listed and signed with side by side', async () => {
    const token = softHsm();
    const fake = fakeModule({});
    register('softhsm', token.modulePath);
    register('fake', fake.modulePath);
    const store = open({ uri: 'p11-kit:token=device', pinFile: token.pinFile });
    const { certificates, problems } = await store.list();
    expect(problems).toEqual([]);
    expect(certificates.map(({ location }) => location)).toEqual([
      expect.stringMatching(/^pkcs11:token=device;.*\?module-path=.*libsofthsm2\.so$/) as string,
    ]);
    expect(await signs(store)).toEqual([true]);
    const both = await open().list();
    expect(both.certificates.map(({ key }) => key)).toEqual([undefined, undefined]);
  });

  it.each([
    ['crashes as it initialises', { initialize_crash: 1 }, 'store_crashed'],
    ['will not initialise', { initialize_rv: 5 }, 'store_unavailable'],
    ['hangs over its slots', { slot_list_hang: 1 }, 'store_timeout'],
  ] as const)('lose nothing to one that %s', async (_, behaviour, code) => {
    const token = softHsm();
    register('softhsm', token.modulePath);
    register('fake', fakeModule(behaviour).modulePath);
    const store = open({ timeouts: { listMs: 20_000 } }, patienceMs);
    const { certificates, problems } = await store.list();
    expect(certificates.map(({ label }) => label)).toEqual(['device']);
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    expect(problems[0]?.location).toContain('fake-');
  });

  it('lose nothing to registrations that lead nowhere or to what is no module', async () => {
    const token = softHsm();
    const text = path.join(directory, 'text.so');
    writeFileSync(text, 'not a library');
    register('a', '/nowhere/gone.so');
    register('b', text);
    register('softhsm', token.modulePath);
    const { certificates, problems } = await open().list();
    expect(certificates.map(({ label }) => label)).toEqual(['device']);
    expect(problems.map(({ code }) => code)).toEqual(['store_unavailable', 'store_unavailable']);
  });

  it('wait for one that is stuck once, not at every look, and take it in when it answers', async () => {
    const token = softHsm();
    const fake = fakeModule({ slot_list_hang: 1 });
    register('softhsm', token.modulePath);
    register('fake', fake.modulePath);
    const store = open({ timeouts: { listMs: 2 * patienceMs } }, patienceMs);
    await store.list();
    const look = store.list().then(({ problems }) => problems.map(({ code }) => code));
    const asLongAgain = sleep(patienceMs).then(() => 'it waited again');
    expect(await Promise.race([look, asLongAgain])).toEqual(['store_timeout']);
    fake.behave({});
    await expect.poll(async () => (await store.list()).certificates.length).toBe(2);
  });

  it('give word when one has answered that a look went on without, until nobody listens', async () => {
    const fake = fakeModule({ slot_list_hang: 1 });
    register('fake', fake.modulePath);
    const store = open({ timeouts: { listMs: patienceMs + 500 } }, patienceMs);
    let unheard = 0;
    store.watch?.(() => unheard++)();
    const told = new Promise<void>((resolve) => store.watch?.(resolve));
    expect((await store.list()).problems.map(({ code }) => code)).toEqual(['store_timeout']);
    fake.behave({});
    await told;
    expect((await store.list()).certificates).toHaveLength(1);
    expect(unheard).toBe(0);
  });

  it('are read anew at each look: one that was added is used, one that was taken out is closed', async () => {
    const token = softHsm();
    register('softhsm', token.modulePath);
    const store = open({ uri: 'p11-kit:token=device', pinFile: token.pinFile });
    const [identity] = (await store.list()).certificates;
    register('softhsm', '');
    const { certificates, problems } = await store.list();
    expect(certificates).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(['token_not_present']);
    if (identity?.key === undefined) throw new Error('no identity');
    expect(await codeOfRejection(identity.signer.sign('ES256', Buffer.from('x')))).toBe(
      'store_closed',
    );
    register('softhsm', token.modulePath);
    expect(await signs(store)).toEqual([true]);
  });

  it('do not report a module without a token while another has one', async () => {
    const token = softHsm();
    register('softhsm', token.modulePath);
    register('fake', fakeModule({ token_absent: 1 }).modulePath);
    expect((await open().list()).problems).toEqual([]);
  });

  it('show one token that two of them have a wrong PIN once', async () => {
    const fake = fakeModule({});
    const twin = path.join(directory, 'twin.so');
    copyFileSync(fake.modulePath, twin);
    register('fake', fake.modulePath);
    register('twin', twin);
    fake.setPin('9999');
    const store = open({ uri: 'p11-kit:token=fake', pinFile: fake.pinFile });
    const { certificates } = await store.list();
    expect(certificates.map((entry) => entry.key ?? entry.problem.code)).toEqual([
      'pin_rejected',
      'pin_rejected',
    ]);
    expect(fake.count('C_Login')).toBe(1);
  });

  it('are not shown a PIN that nobody said the token of', () => {
    expect(codeOf(() => open({ pinFile: '/x/pin' }))).toBe('store_uri_invalid');
    expect(codeOf(() => open({ uri: 'p11-kit:?pin-source=/x/pin' }))).toBe('store_uri_invalid');
  });

  it('refuse everything once the store is closed', async () => {
    const store = openCertificateStore({ uri: 'p11-kit:' });
    await store.close();
    await store.close();
    expect(await codeOfRejection(store.list())).toBe('store_closed');
  });
});
