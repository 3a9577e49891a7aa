/** What the PKCS#11 store makes of a module that fails in every way a module can. */
import { X509Certificate, verify } from 'node:crypto';
import { chmodSync, copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Logger, LogFields } from '../../src/core/index.ts';
import {
  openCertificateStore,
  type CertificateStore,
  type Identity,
  type StoreListing,
  type StoreSettings,
} from '../../src/keystore/index.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import { compilerComponent, FakeModule, type FakeBehaviour } from '../testkit/fake-module.ts';
import { FakeClock } from '../testkit/fake-clock.ts';
import { describeWith } from '../testkit/require-component.ts';

const message = Buffer.from('message');

interface Setup {
  readonly module: FakeModule;
  readonly store: CertificateStore;
  readonly log: { text: string; fields: LogFields | undefined }[];
}

/** For what does not hang: a process takes a while to start on a busy machine. */
const patient = { openMs: 30_000, listMs: 30_000, signMs: 30_000 };

function setUp(behaviour: FakeBehaviour, settings: Partial<StoreSettings> = {}): Setup {
  const module = new FakeModule(behaviour);
  const log: Setup['log'] = [];
  const note = (text: string, fields?: LogFields): void => {
    log.push({ text, fields });
  };
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const store = openCertificateStore({
    uri: module.uri,
    pinFile: module.pinFile,
    timeouts: patient,
    logger,
    ...settings,
  });
  onTestFinished(async () => {
    await store.close();
    module.dispose();
  });
  return { module, store, log };
}

async function identityOf({ store }: Setup): Promise<Identity> {
  const { certificates } = await store.list();
  const [entry] = certificates;
  if (entry?.key === undefined) throw new Error(`no identity: ${String(entry?.problem.message)}`);
  return entry;
}

function isGood({ module }: Setup, signature: Uint8Array): boolean {
  const key = new X509Certificate(module.certificate.der).publicKey;
  return verify('sha256', message, key, signature);
}

function onlyProblem({ certificates, problems }: StoreListing): string | undefined {
  const [entry] = certificates;
  if (entry === undefined) return problems[0]?.code;
  return entry.key === undefined ? entry.problem.code : undefined;
}

describeWith('a PKCS#11 module that fails', [compilerComponent], () => {
  it('signs for real when it is not told to fail', async () => {
    const setup = setUp({});
    const { signer, key } = await identityOf(setup);
    expect(signer.algorithms).toEqual(['RS256']);
    expect(key).toMatchObject({ protection: 'unknown', exportable: false });
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
  });

  it('costs the one request that it crashes in, and no other', async () => {
    const setup = setUp({ sign_crash_at: 3 });
    const { signer } = await identityOf(setup);
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => signer.sign('RS256', message)),
    );
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    ]);
    const crashed = results[2] as PromiseRejectedResult;
    expect(crashed.reason).toMatchObject({ code: 'store_crashed' });
    expect(String(crashed.reason)).toContain('SIGSEGV');
    for (const result of results) {
      if (result.status === 'fulfilled') expect(isGood(setup, result.value)).toBe(true);
    }
    expect(setup.module.count('C_Initialize')).toBe(2);
  });

  it('costs the one request that it hangs in, and no other', async () => {
    const setup = setUp({ sign_hang_at: 2 }, { timeouts: { ...patient, signMs: 4000 } });
    const { signer } = await identityOf(setup);
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => signer.sign('RS256', message)),
    );
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    ]);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'store_timeout' });
  });

  it('cannot confuse the program by writing into the channel of its process', async () => {
    const setup = setUp({});
    const { signer } = await identityOf(setup);
    setup.module.behave({ channel_garbage: 1 });
    const attempt = signer.sign('RS256', message);
    await expect(attempt).rejects.toMatchObject({ code: 'store_crashed' });
    await expect(attempt).rejects.toThrow('not a message');
    setup.module.behave({});
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
  });

  it('is answered for each request while it crashes in all of them', async () => {
    const setup = setUp({});
    const { signer } = await identityOf(setup);
    setup.module.behave({ sign_crash: 1 });
    for (let i = 0; i < 3; i++) {
      expect(await codeOfRejection(signer.sign('RS256', message))).toBe('store_crashed');
    }
    setup.module.behave({});
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
  });

  it('fails the listing when it crashes as it initialises, and works once it no longer does', async () => {
    const setup = setUp({ initialize_crash: 1 });
    expect(await codeOfRejection(setup.store.list())).toBe('store_crashed');
    setup.module.behave({});
    expect((await identityOf(setup)).signer.algorithms).toEqual(['RS256']);
  });

  it('fails the listing when it hangs as it initialises', async () => {
    const setup = setUp({ initialize_hang: 1 }, { timeouts: { openMs: 500 } });
    expect(await codeOfRejection(setup.store.list())).toBe('store_timeout');
  });

  it('fails the listing when it hangs over its slots', async () => {
    const setup = setUp({ slot_list_hang: 1 }, { timeouts: { ...patient, listMs: 4000 } });
    expect(await codeOfRejection(setup.store.list())).toBe('store_timeout');
    setup.module.behave({});
    expect((await identityOf(setup)).signer.algorithms).toEqual(['RS256']);
  });

  it('is said not to be a module when it will not initialise, with its code by number', async () => {
    const setup = setUp({ initialize_rv: 0x80000123 });
    const attempt = setup.store.list();
    await expect(attempt).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(attempt).rejects.toThrow('0x80000123');
  });

  it('leaves the event loop free while it is in C_Sign', async () => {
    const setup = setUp({});
    const { signer } = await identityOf(setup);
    setup.module.behave({ sign_held: 1 });
    const signing = Promise.all([signer.sign('RS256', message), signer.sign('RS256', message)]);
    await expect.poll(() => setup.module.count('held')).toBe(1);
    // A loop that waited for the module would come here only when it is done.
    expect(setup.module.count('let go')).toBe(0);
    setup.module.behave({});
    for (const signature of await signing) expect(isGood(setup, signature)).toBe(true);
  });

  it.each([
    ['its key handle', { lose_key_at: 2 }],
    ['its session', { lose_session_at: 2 }],
    ['itself in an operation that is still active', { stick_at: 2 }],
    ['everything until it is finalised', { break_at: 2 }],
  ])('is repaired when it loses %s', async (_, behaviour) => {
    const setup = setUp(behaviour);
    const { signer } = await identityOf(setup);
    for (let i = 0; i < 3; i++) {
      expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
    }
    const needsInitialise = 'break_at' in behaviour;
    expect(setup.module.count('C_Initialize')).toBe(needsInitialise ? 2 : 1);
  });

  it('is replaced when nothing milder helps, and given up when that does not help either', async () => {
    const setup = setUp({});
    const { signer } = await identityOf(setup);
    setup.module.behave({ sign_rv: 0x05 });
    const attempt = signer.sign('RS256', message);
    await expect(attempt).rejects.toMatchObject({ code: 'signature_failed' });
    await expect(attempt).rejects.toThrow('CKR_GENERAL_ERROR (0x5)');
    expect(setup.log.map(({ text }) => text)).toContain(
      'Replacing a store process that cannot recover',
    );
    // First start, finalise and initialise, and the new process.
    expect(setup.module.count('C_Initialize')).toBe(3);
    setup.module.behave({});
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
  });

  it.each([
    ['KEY_FUNCTION_NOT_PERMITTED', 0x68, 'key_not_permitted'],
    ['FUNCTION_CANCELED', 0x50, 'user_interaction_required'],
    ['MECHANISM_INVALID', 0x70, 'algorithm_unsupported'],
    ['KEY_TYPE_INCONSISTENT', 0x63, 'algorithm_unsupported'],
  ])('is taken at its word when it answers CKR_%s', async (_, rv, code) => {
    const setup = setUp({});
    const { signer } = await identityOf(setup);
    setup.module.behave({ sign_rv: rv });
    expect(await codeOfRejection(signer.sign('RS256', message))).toBe(code);
    expect(setup.module.count('C_Initialize')).toBe(1);
  });

  it('has its first signature checked against the certificate', async () => {
    const setup = setUp({ signature_wrong: 1 });
    const { signer } = await identityOf(setup);
    expect(await codeOfRejection(signer.sign('RS256', message))).toBe('key_mismatch');
    setup.module.behave({});
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
  });

  it('has a signature of the wrong length refused', async () => {
    const setup = setUp({ signature_length: 255 });
    const { signer } = await identityOf(setup);
    expect(await codeOfRejection(signer.sign('RS256', message))).toBe('signature_failed');
  });

  it('cannot flood the store with objects', async () => {
    const { certificates, problems } = await setUp({ endless_objects: 1 }).store.list();
    expect(certificates).toHaveLength(500);
    expect(problems[0]?.message).toContain('more than 500 objects');
  });

  it.each([
    ['an oversized value', { value_length: 10 << 20 }],
    ['a value of garbage', { value_length: 3000 }],
    ['an oversized label', { label_length: 10 << 20 }],
    ['an attribute error', { attribute_rv: 0x05 }],
  ])('has its certificate reported when it returns %s', async (_, behaviour) => {
    const { certificates, problems } = await setUp(behaviour).store.list();
    expect(certificates).toEqual([]);
    expect(problems.map(({ code }) => code)).toContain('certificate_unreadable');
  });

  it('survives attribute lengths that no memory holds', async () => {
    const setup = setUp({ value_length: 2 ** 40 });
    expect(['store_crashed', undefined]).toContain(await codeOfRejection(setup.store.list()));
    setup.module.behave({});
    expect((await identityOf(setup)).signer.algorithms).toEqual(['RS256']);
  });

  it('may be replaced by an upgrade: the file that is loaded goes on, and the new one is next', async () => {
    const module = new FakeModule({});
    const file = path.join(module.directory, 'module.so');
    copyFileSync(module.modulePath, file);
    const store = openCertificateStore({ uri: file, pinFile: module.pinFile });
    onTestFinished(async () => {
      await store.close();
      module.dispose();
    });
    const setup = { module, store, log: [] };
    const { signer } = await identityOf(setup);
    rmSync(file);
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
    writeFileSync(`${file}.new`, 'half an upgrade');
    renameSync(`${file}.new`, file);
    module.behave({ sign_crash: 1 });
    expect(await codeOfRejection(signer.sign('RS256', message))).toBe('store_crashed');
    module.behave({});
    expect(await codeOfRejection(signer.sign('RS256', message))).toBe('store_unavailable');
    copyFileSync(module.modulePath, `${file}.new`);
    renameSync(`${file}.new`, file);
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
  });

  it('is loaded anew once an upgrade has replaced its file, without costing a signature', async () => {
    const module = new FakeModule({});
    const file = path.join(module.directory, 'module.so');
    copyFileSync(module.modulePath, file);
    const store = openCertificateStore({ uri: file, pinFile: module.pinFile });
    onTestFinished(async () => {
      await store.close();
      module.dispose();
    });
    const setup = { module, store, log: [] };
    const { signer } = await identityOf(setup);
    copyFileSync(module.modulePath, `${file}.new`);
    renameSync(`${file}.new`, file);
    const waiting = Array.from({ length: 3 }, () => signer.sign('RS256', message));
    await store.list();
    for (const signature of await Promise.all(waiting)) expect(isGood(setup, signature)).toBe(true);
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
    expect(module.count('C_Initialize')).toBe(2);
    await store.list();
    expect(module.count('C_Initialize')).toBe(2);
  });

  it('is initialised anew every quarter of an hour for a listing, and goes on signing', async () => {
    const clock = new FakeClock();
    const setup = setUp({}, { clock });
    const { signer } = await identityOf(setup);
    clock.advance(15 * 60_000 - 1);
    await setup.store.list();
    expect(setup.module.count('C_Initialize')).toBe(1);
    clock.advance(1);
    await identityOf(setup);
    expect(setup.module.count('C_Initialize')).toBe(2);
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
    await setup.store.list();
    expect(setup.module.count('C_Initialize')).toBe(2);
  });

  it('is initialised anew after ten seconds where it has shown nothing to sign with', async () => {
    const clock = new FakeClock();
    const setup = setUp({}, { clock, pinFile: undefined });
    await setup.store.list();
    clock.advance(9_999);
    expect(onlyProblem(await setup.store.list())).toBe('pin_required');
    expect(setup.module.count('C_Initialize')).toBe(1);
    clock.advance(1);
    expect(onlyProblem(await setup.store.list())).toBe('pin_required');
    expect(setup.module.count('C_Initialize')).toBe(2);
  });

  it('is told to be absent when its token is', async () => {
    const setup = setUp({ token_absent: 1 });
    expect((await setup.store.list()).problems).toMatchObject([{ code: 'token_not_present' }]);
  });

  it('loses its token under a signature and finds it again', async () => {
    const setup = setUp({});
    const { signer } = await identityOf(setup);
    setup.module.behave({ token_absent: 1, sign_init_rv: 0xe0 });
    expect(await codeOfRejection(signer.sign('RS256', message))).toBe('token_not_present');
    setup.module.behave({});
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
  });
});

describeWith('the PIN of a PKCS#11 token', [compilerComponent], () => {
  it('is not shown when the key is visible without it', async () => {
    const setup = setUp({ public_key_object: 1 }, { pinFile: undefined });
    const { signer } = await identityOf(setup);
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
    expect(setup.module.count('C_Login')).toBe(0);
  });

  it('is shown once for many signatures', async () => {
    const setup = setUp({});
    const { signer } = await identityOf(setup);
    for (let i = 0; i < 5; i++) await signer.sign('RS256', message);
    await setup.store.list();
    expect(setup.module.count('C_Login')).toBe(1);
  });

  it('is asked for by name where none is configured', async () => {
    const setup = setUp({}, { pinFile: undefined });
    expect(onlyProblem(await setup.store.list())).toBe('pin_required');
    expect(setup.module.count('C_Login')).toBe(0);
  });

  it('is tried once when it is wrong, and again only when the file changes', async () => {
    const setup = setUp({});
    setup.module.setPin('9999');
    for (let i = 0; i < 3; i++) {
      expect(onlyProblem(await setup.store.list())).toBe('pin_rejected');
    }
    expect(setup.module.count('C_Login')).toBe(1);
    setup.module.setPin('8888');
    expect(onlyProblem(await setup.store.list())).toBe('pin_rejected');
    expect(setup.module.count('C_Login')).toBe(2);
    setup.module.setPin('1234');
    expect((await identityOf(setup)).signer.algorithms).toEqual(['RS256']);
    expect(setup.module.count('C_Login')).toBe(3);
  });

  it('is not tried again when the module died over it', async () => {
    const setup = setUp({ login_crash: 1 });
    expect(onlyProblem(await setup.store.list())).toBe('store_crashed');
    setup.module.behave({});
    expect(onlyProblem(await setup.store.list())).toBe('pin_rejected');
    expect(setup.module.count('C_Login')).toBe(1);
  });

  it('costs one try when many signatures show the wrong one before each', async () => {
    const setup = setUp({ always_authenticate: 1 });
    const { signer } = await identityOf(setup);
    setup.module.setPin('9999');
    const codes = await Promise.all(
      Array.from({ length: 5 }, () => codeOfRejection(signer.sign('RS256', message))),
    );
    expect(codes).toEqual(codes.map(() => 'pin_rejected'));
    expect(setup.module.count('C_Login context')).toBe(1);
    setup.module.setPin('1234');
    expect(isGood(setup, await signer.sign('RS256', message))).toBe(true);
  });

  it.each([
    ['locked', 0x4_0000, 'pin_locked'],
    ['one try away from being locked', 0x2_0000, 'pin_locked'],
    ['typed on a pad of the token’s own', 0x100, 'user_interaction_required'],
  ])('is not tried when it is %s', async (_, flag, code) => {
    const setup = setUp({ token_flags: 0x04 | flag });
    expect(onlyProblem(await setup.store.list())).toBe(code);
    expect(setup.module.count('C_Login')).toBe(0);
  });

  it.each([
    ['PIN_LOCKED', 0xa4, 'pin_locked'],
    ['PIN_EXPIRED', 0xa3, 'pin_rejected'],
    ['USER_ANOTHER_ALREADY_LOGGED_IN', 0x104, 'key_not_permitted'],
  ])('is answered with what the token says: CKR_%s', async (_, rv, code) => {
    expect(onlyProblem(await setUp({ login_rv: rv }).store.list())).toBe(code);
  });

  it('counts as shown when somebody else is logged in with it', async () => {
    const setup = setUp({ login_rv: 0x100, public_key_object: 0 });
    // The fake shows no key then: what matters is that the answer is no failure of the PIN.
    expect(onlyProblem(await setup.store.list())).toBe('key_not_found');
  });

  it('is not read from a file that others can read, and its text is in no log', async () => {
    const setup = setUp({});
    const open = path.join(setup.module.directory, 'open-pin');
    writeFileSync(open, '1234\n');
    chmodSync(open, 0o644);
    const store = openCertificateStore({ uri: setup.module.uri, pinFile: open });
    onTestFinished(() => store.close());
    expect(onlyProblem(await store.list())).toBe('pin_file_invalid');
    setup.module.setPin('73911937');
    expect(onlyProblem(await setup.store.list())).toBe('pin_rejected');
    expect(JSON.stringify(setup.log)).not.toContain('73911937');
  });
});
