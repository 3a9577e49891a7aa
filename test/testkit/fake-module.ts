/** The misbehaving PKCS#11 module of fake-module/, compiled when it is first needed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Component } from './require-component.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import { TestCa, type TestCertificate } from './test-ca.ts';

const sources = fileURLToPath(new URL('fake-module', import.meta.url));

/** A C compiler, for `describeWith`. */
export const compilerComponent: Component = {
  name: 'a C compiler (cc)',
  found: (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((directory) => path.join(directory, 'cc'))
    .find((candidate) => existsSync(candidate)),
  howToGet: 'apt-get install gcc, or xcode-select --install',
};

/** What the module can be told; each is a number, and what is left out is 0. fake_module.c has all. */
export type FakeBehaviour = Readonly<Record<string, number>>;

/** A module with one RSA identity, whose PIN is 1234. */
export class FakeModule {
  readonly directory = makeScratchDirectory();
  readonly modulePath = compileFakeModule();
  readonly certificate: TestCertificate;
  /** An owner-only file with the right PIN. */
  readonly pinFile = path.join(this.directory, 'pin');

  /** Makes the token's contents and points this process, and those it starts, at them. */
  constructor(behaviour: FakeBehaviour = {}, rsaCertificate = theCertificate()) {
    this.certificate = rsaCertificate;
    const jwk = this.certificate.privateKey?.export({ format: 'jwk' });
    this.#write('cert.der', this.certificate.der);
    this.#write('key.n', leftPad(Buffer.from(jwk?.n ?? '', 'base64url')));
    this.#write('key.d', leftPad(Buffer.from(jwk?.d ?? '', 'base64url')));
    this.setPin('1234');
    this.behave(behaviour);
    process.env['FAKE_MODULE_DIR'] = this.directory;
  }

  /** The store URI. */
  get uri(): string {
    return `pkcs11:token=fake?module-path=${this.modulePath}`;
  }

  /** Replaces what the module was told. It takes effect with its next call. */
  behave(behaviour: FakeBehaviour): void {
    const lines = Object.entries(behaviour).map(([name, value]) => `${name}=${value}\n`);
    this.#write('behaviour.new', Buffer.from(lines.join('')));
    renameSync(path.join(this.directory, 'behaviour.new'), path.join(this.directory, 'behaviour'));
  }

  /** Writes the PIN file. */
  setPin(pin: string): void {
    this.#write('pin', Buffer.from(`${pin}\n`));
  }

  /** How often a function was called, by all processes that loaded the module. */
  count(call: string): number {
    const log = path.join(this.directory, 'calls.log');
    if (!existsSync(log)) return 0;
    return readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line === call).length;
  }

  /** Removes all its files. */
  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #write(name: string, content: Buffer): void {
    writeFileSync(path.join(this.directory, name), content, { mode: 0o600 });
  }
}

let certificate: TestCertificate | undefined;

/** One for all modules of a test file: an RSA key takes a while to make. */
function theCertificate(): TestCertificate {
  certificate ??= TestCa.root().issue({ keyType: 'rsa2048', commonName: 'fake' });
  return certificate;
}

/** Compiles the module unless this very source was compiled before. */
function compileFakeModule(): string {
  const files = ['fake_module.c', 'rsa.c', 'cryptoki.h', 'rsa.h'].map((name) =>
    path.join(sources, name),
  );
  const digest = createHash('sha256');
  for (const file of files) digest.update(readFileSync(file));
  const directory = path.join(tmpdir(), `countersign-fake-module-${String(process.getuid?.())}`);
  const module = path.join(directory, `fake-${digest.digest('hex').slice(0, 16)}.so`);
  if (existsSync(module)) return module;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unfinished = `${module}.${process.pid}`;
  execFileSync('cc', [
    ...['-std=c11', '-D_DEFAULT_SOURCE', '-Wall', '-Wextra', '-Werror', '-O2', '-fPIC', '-shared'],
    ...['-o', unfinished, ...files.filter((file) => file.endsWith('.c'))],
  ]);
  renameSync(unfinished, module);
  return module;
}

function leftPad(value: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(256 - value.length), value]);
}
