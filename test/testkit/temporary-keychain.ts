/** A file keychain of its own on a real Mac, filled by Apple's `security` command. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeScratchDirectory } from './scratch-directory.ts';

/** On the user's search list until it is disposed of, without being the default keychain. */
export class TemporaryKeychain {
  /** As macOS reports it. */
  readonly path: string;
  readonly #directory = realpathSync(makeScratchDirectory());
  readonly #password = randomBytes(16).toString('hex');
  readonly #searchList: readonly string[];

  constructor() {
    this.path = path.join(this.#directory, 'countersign-test.keychain-db');
    security('create-keychain', '-p', this.#password, this.path);
    // Without a time-out: it never locks itself.
    security('set-keychain-settings', this.path);
    security('unlock-keychain', '-p', this.#password, this.path);
    this.#searchList = [...security('list-keychains', '-d', 'user').matchAll(/"(.+)"/g)].map(
      (match) => match[1] ?? '',
    );
    security('list-keychains', '-d', 'user', '-s', ...this.#searchList, this.path);
  }

  /** Puts a key and its certificate in; all applications are on the key's list. */
  addIdentity(privateKeyPem: string, certificatePem: string): void {
    const key = this.#write('key.pem', privateKeyPem);
    const certificate = this.#write('certificate.pem', certificatePem);
    const pfx = path.join(this.#directory, 'identity.p12');
    // The system's own openssl: keychains do not read the algorithms that newer ones choose.
    execFileSync('/usr/bin/openssl', [
      ...['pkcs12', '-export', '-inkey', key, '-in', certificate],
      ...['-out', pfx, '-passout', `pass:${this.#password}`],
    ]);
    security('import', pfx, '-k', this.path, '-f', 'pkcs12', '-P', this.#password, '-A');
  }

  /** Puts a certificate in. */
  addCertificate(certificatePem: string): void {
    security('add-certificates', '-k', this.path, this.#write('certificate.pem', certificatePem));
  }

  /** Opens the partition lists of all keys for the program that runs this. */
  allowThisProgram(): void {
    security(
      ...['set-key-partition-list', '-S', `apple-tool:,apple:,${partitionOf(process.execPath)}`],
      ...['-s', '-k', this.#password, this.path],
    );
  }

  /** Takes a certificate out and leaves its key. */
  removeCertificate(commonName: string): void {
    security('delete-certificate', '-c', commonName, this.path);
  }

  /** Takes a certificate and its key out. */
  removeIdentity(commonName: string): void {
    security('delete-identity', '-c', commonName, this.path);
  }

  lock(): void {
    security('lock-keychain', this.path);
  }

  unlock(): void {
    security('unlock-keychain', '-p', this.#password, this.path);
  }

  dispose(): void {
    security('list-keychains', '-d', 'user', '-s', ...this.#searchList);
    security('delete-keychain', this.path);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #write(name: string, content: string): string {
    const file = path.join(this.#directory, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }
}

/** What securityd calls the signer of a program: its team, or else the hash of its code. */
function partitionOf(executable: string): string {
  const { stderr } = spawnSync('/usr/bin/codesign', ['-d', '-vvv', executable], {
    encoding: 'utf8',
  });
  const team = /^TeamIdentifier=([A-Z0-9]{10})$/m.exec(stderr)?.[1];
  if (team !== undefined) return `teamid:${team}`;
  const hash = /^CDHash=([0-9a-f]+)$/m.exec(stderr)?.[1];
  return hash === undefined ? 'unsigned:' : `cdhash:${hash}`;
}

function security(...args: readonly string[]): string {
  return execFileSync('/usr/bin/security', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
