/**
 * A private SoftHSM store. Keys are made on the token (sensitive, never extractable unless told) and
 * certificates are issued for their public halves, as an MDM does it with a device.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Component } from './require-component.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import { Pkcs11Token } from './pkcs11-token.ts';

const moduleCandidates = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];

/** SoftHSM, for `describeWith`. */
export const softHsmComponent: Component = {
  name: 'SoftHSM',
  found: moduleCandidates.find((candidate) => existsSync(candidate)),
  howToGet: 'apt-get install softhsm2, or brew install softhsm',
};

/** A token in a store of its own. Everything goes away with {@link SoftHsm.dispose}. */
export class SoftHsm extends Pkcs11Token {
  readonly directory: string;
  /** An owner-only file with the PIN. */
  readonly pinFile: string;
  readonly #config: string;

  /**
   * Makes the token and points this process, and those it starts, at it.
   *
   * @param beside - a store that gets this token as one more, instead of a store of its own
   */
  constructor(label = 'test-token', pin = '1234', beside?: SoftHsm) {
    if (softHsmComponent.found === undefined) throw new Error('SoftHSM is missing');
    super(softHsmComponent.found, label, pin);
    this.directory = beside?.directory ?? makeScratchDirectory();
    this.pinFile = path.join(this.directory, `pin-${label}`);
    this.#config = path.join(this.directory, 'softhsm2.conf');
    mkdirSync(this.tokens, { recursive: true });
    writeFileSync(this.pinFile, `${pin}\n`, { mode: 0o600 });
    writeFileSync(this.#config, `directories.tokendir = ${this.tokens}\nlog.level = ERROR\n`);
    this.pointAtToken();
    execFileSync(
      'softhsm2-util',
      ['--init-token', '--free', '--label', label, '--so-pin', '12345678', '--pin', pin],
      { env: { ...process.env, SOFTHSM2_CONF: this.#config }, stdio: 'pipe' },
    );
  }

  /** Where SoftHSM keeps its tokens. */
  get tokens(): string {
    return path.join(this.directory, 'tokens');
  }

  /** The URI of the first token. */
  get uri(): string {
    return `pkcs11:token=${this.label}?module-path=${this.modulePath}`;
  }

  /** Makes one more token in the same store. */
  addToken(label: string, pin: string): SoftHsm {
    return new SoftHsm(label, pin, this);
  }

  /** Removes the store and all its files. */
  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  protected pointAtToken(): void {
    process.env['SOFTHSM2_CONF'] = this.#config;
  }
}
