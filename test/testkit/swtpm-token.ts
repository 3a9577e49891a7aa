/** A TPM in software (swtpm) and a tpm2-pkcs11 token in it, whose keys are made in the TPM. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import pkcs11js from 'pkcs11js';
import { freePortPair } from './free-ports.ts';
import { isListening } from './is-listening.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import { Pkcs11Token } from './pkcs11-token.ts';
import type { Component } from './require-component.ts';
import { TpmResourceManager } from './tpm-resource-manager.ts';

const moduleCandidates = [
  '/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1',
  '/usr/lib/aarch64-linux-gnu/libtpm2_pkcs11.so.1',
  '/usr/lib64/pkcs11/libtpm2_pkcs11.so',
];

/** swtpm, for `describeWith`. */
export const swtpmComponent: Component = {
  name: 'swtpm',
  found: ['/usr/bin/swtpm'].find((candidate) => existsSync(candidate)),
  howToGet: 'apt-get install swtpm',
};

/** tpm2-pkcs11, for `describeWith`. */
export const tpm2Pkcs11Component: Component = {
  name: 'tpm2-pkcs11',
  found: moduleCandidates.find((candidate) => existsSync(candidate)),
  howToGet: 'apt-get install libtpm2-pkcs11-1',
};

/** tpm2-tools, for `describeWith`. */
export const tpm2ToolsComponent: Component = {
  name: 'tpm2-tools',
  found: ['/usr/bin/tpm2_dictionarylockout'].find((candidate) => existsSync(candidate)),
  howToGet: 'apt-get install tpm2-tools',
};

/**
 * The TPM has room for three objects: without a resource manager before it, a token has one key that is
 * signed with.
 */
export class SwtpmToken extends Pkcs11Token {
  readonly directory = makeScratchDirectory();
  readonly pinFile = path.join(this.directory, 'pin');
  /** The TPM's port; that of its control channel is the next, as tpm2-tss takes for granted. */
  readonly #port: number;
  #process: ChildProcess | undefined;
  #manager: TpmResourceManager | undefined;

  private constructor(port: number) {
    super(tpm2Pkcs11Component.found ?? '', 'test-tpm', '1234');
    this.#port = port;
    for (const name of ['state', 'store']) mkdirSync(path.join(this.directory, name));
    writeFileSync(this.pinFile, this.pin, { mode: 0o600 });
  }

  /**
   * Starts the TPM and makes the token.
   *
   * @param managed - with a resource manager before it
   */
  static async start({ managed = false } = {}): Promise<SwtpmToken> {
    const token = new SwtpmToken(await freePortPair());
    await token.powerOn();
    if (managed) {
      token.#manager = await TpmResourceManager.start(token.#tpmTcti, token.directory);
    }
    token.#makeToken();
    // A TPM counts an end without TPM2_Shutdown as a wrong PIN, and locks after three.
    execFileSync('tpm2_dictionarylockout', ['-s', '-n', '10000', '-t', '0', '-l', '0'], {
      env: { ...process.env, TPM2TOOLS_TCTI: token.#tcti },
      stdio: 'pipe',
    });
    return token;
  }

  get uri(): string {
    return `pkcs11:token=${this.label}?module-path=${this.modulePath}`;
  }

  /**
   * Starts the TPM; it has what it had before. While it was off, a connection of somebody else's may
   * have taken its port for a moment: a TPM that cannot have it ends, and is started again.
   */
  async powerOn(): Promise<void> {
    for (;;) {
      const started = this.#spawn();
      while (started.exitCode === null && !(await this.#isListening())) await after(20);
      if (started.exitCode === null) {
        this.#process = started;
        return;
      }
      await after(100);
    }
  }

  /** It listens to its control channel first. */
  async #isListening(): Promise<boolean> {
    return (await isListening(this.#port + 1)) && (await isListening(this.#port));
  }

  #spawn(): ChildProcess {
    return spawn(
      swtpmComponent.found ?? '',
      [
        ...['socket', '--tpm2', '--tpmstate', `dir=${path.join(this.directory, 'state')}`],
        ...['--flags', 'not-need-init,startup-clear'],
        ...['--server', `type=tcp,port=${this.#port},bindaddr=127.0.0.1,disconnect`],
        ...['--ctrl', `type=tcp,port=${this.#port + 1},bindaddr=127.0.0.1`],
      ],
      { stdio: 'ignore' },
    );
  }

  /** Kills the TPM. */
  async powerOff(): Promise<void> {
    if (this.#process === undefined) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    this.#process = undefined;
    await exit;
  }

  /** Ends the TPM and removes all its files. */
  async dispose(): Promise<void> {
    await this.#manager?.stop();
    await this.powerOff();
    rmSync(this.directory, { recursive: true });
  }

  protected pointAtToken(): void {
    process.env['TPM2_PKCS11_TCTI'] = this.#tcti;
    process.env['TPM2_PKCS11_STORE'] = path.join(this.directory, 'store');
    process.env['TPM2_PKCS11_LOG_LEVEL'] = '0';
    process.env['TSS2_LOG'] = 'all+none';
    if (this.#manager !== undefined) {
      process.env['DBUS_SESSION_BUS_ADDRESS'] = this.#manager.busAddress;
    }
  }

  get #tcti(): string {
    return this.#manager?.tcti ?? this.#tpmTcti;
  }

  get #tpmTcti(): string {
    return `swtpm:host=127.0.0.1,port=${this.#port}`;
  }

  #makeToken(): void {
    this.pointAtToken();
    const module = new pkcs11js.PKCS11();
    module.load(this.modulePath);
    module.C_Initialize();
    try {
      const [blank] = module.C_GetSlotList(true);
      if (blank === undefined) throw new Error('tpm2-pkcs11 shows no slot');
      module.C_InitToken(blank, '12345678', this.label.padEnd(32));
      const [slot = blank] = module.C_GetSlotList(true);
      const flags = pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION;
      const session = module.C_OpenSession(slot, flags);
      module.C_Login(session, pkcs11js.CKU_SO, '12345678');
      module.C_InitPIN(session, this.pin);
    } finally {
      module.C_Finalize();
    }
  }
}
