/** A key database of NSS (Firefox, Chromium on Linux), which NSS's own module softokn shows as a token. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findCommand } from './find-command.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import { Pkcs11Token } from './pkcs11-token.ts';
import type { Component } from './require-component.ts';

/** NSS's module, for `describeWith`. */
export const softoknComponent: Component = {
  name: 'NSS softokn',
  found: [
    '/usr/lib/x86_64-linux-gnu/libsoftokn3.so',
    '/usr/lib/aarch64-linux-gnu/libsoftokn3.so',
    '/usr/lib64/libsoftokn3.so',
  ].find((candidate) => existsSync(candidate)),
  howToGet: 'apt-get install libnss3',
};

/** NSS's tools, for `describeWith`. */
export const nssToolsComponent: Component = {
  name: 'NSS tools',
  found: findCommand('certutil') === undefined ? undefined : findCommand('pk12util'),
  howToGet: 'apt-get install libnss3-tools',
};

/** An empty database with a password. Everything goes away with {@link NssToken.dispose}. */
export class NssToken extends Pkcs11Token {
  readonly directory = makeScratchDirectory();
  /** An owner-only file with the password. */
  readonly pinFile = path.join(this.directory, 'pin');
  /** The database, as NSS names it. */
  readonly database = `sql:${path.join(this.directory, 'db')}`;

  constructor() {
    super(softoknComponent.found ?? '', 'NSS Certificate DB', 'secret-pin');
    mkdirSync(path.join(this.directory, 'db'));
    writeFileSync(this.pinFile, `${this.pin}\n`, { mode: 0o600 });
    execFileSync('certutil', ['-N', '-d', this.database, '-f', this.pinFile]);
  }

  /** The store URI; the agent's module only reads. */
  get uri(): string {
    const initArgs = encodeURIComponent(`${this.initArgs} flags=readOnly`);
    const query = `module-path=${this.modulePath}&x-init-reserved=${initArgs}`;
    return `pkcs11:token=${encodeURIComponent(this.label)}?${query}`;
  }

  /** Removes the database. */
  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  protected override get initArgs(): string {
    return `configdir='${this.database}' certPrefix='' keyPrefix='' secmod=''`;
  }

  protected pointAtToken(): void {
    // Its initialisation says it all.
  }
}
