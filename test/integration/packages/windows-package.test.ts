import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { commandComponent } from '../../testkit/command-component.ts';
import { findCommand } from '../../testkit/find-command.ts';
import { layOutRuntime, makePackages, runPackaging } from '../../testkit/packages/make-packages.ts';
import { nodeForWindows, WineSystem } from '../../testkit/packages/wine-system.ts';
import { describeWith, type Component } from '../../testkit/require-component.ts';
import { makeScratchDirectory, scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { windowsComponents, windowsPath } from '../../testkit/windows/windows-host.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const wine: Component = {
  name: 'Wine',
  found: findCommand('wine'),
  howToGet: 'on Linux: scripts/prepare-windows-tests',
};
const components = [
  wine,
  ...windowsComponents,
  commandComponent('wixl', 'wixl'),
  commandComponent('msibuild', 'msitools'),
  commandComponent('osslsigncode', 'osslsigncode'),
];

const program = 'C:\\Program Files\\Countersign\\bin\\countersign.cmd';
const searchPath = 'HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment';

describeWith('A package for Windows', components, () => {
  const scratch = makeScratchDirectory();
  const certificate = path.join(scratch, 'signer.pem');
  let windows: WineSystem;
  let present: string;
  let older: string;

  beforeAll(async () => {
    const key = path.join(scratch, 'signer.key');
    execFileSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate],
      ...['-subj', '/CN=Package Test', '-addext', 'extendedKeyUsage=codeSigning'],
    ]);
    const sign = `osslsigncode sign -certs ${certificate} -key ${key} -in {in} -out {out}`;
    const options = [
      ...['--target', 'win32-x64', '--compression', 'fast'],
      ...['--node', layOutRuntime(path.join(scratch, 'node'), nodeForWindows)],
    ];
    const make = async (name: string, ...args: readonly string[]): Promise<string> => {
      const output = path.join(scratch, name);
      mkdirSync(output);
      return (await makePackages([...options, '--output', output, ...args]))['msi']?.file ?? '';
    };
    older = await make('older', '--package-version', '0.0.9');
    present = await make('present', '--sign-file', sign, '--sign-package', sign);
    windows = new WineSystem();
  });
  afterAll(() => {
    windows.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  function version(): string {
    return windows.run('cmd', '/c', program, 'version').text.trim();
  }

  it('installs silently, for the whole machine', () => {
    const installed = windows.installer('/i', older, 'STARTAGENT=0');
    expect(installed.exitCode, installed.text).toBe(0);
    expect(version()).toBe('0.0.9');
    expect(windows.registryValue(searchPath, 'PATH')).toContain(
      'C:\\Program Files\\Countersign\\bin\\',
    );
  });

  it('leaves the start of agents to whoever wants it so', () => {
    expect(existsSync(windows.file('ProgramData/Countersign/agent-task.xml'))).toBe(false);
  });

  it('lists the certificates of the system’s store and of files', () => {
    const leaf = TestCa.root({ commonName: 'Root' }).issue({ commonName: 'packaged-device' });
    const keys = path.join(scratch, 'keys');
    mkdirSync(keys, { mode: 0o700 });
    writeFileSync(path.join(keys, 'device.pem'), `${leaf.pem}${leaf.keyPem}`, { mode: 0o600 });
    const list = ['cmd', '/c', program, 'certs', 'list'];
    expect(windows.run(...list, '--store', 'windows:')).toMatchObject({
      exitCode: 0,
      text: 'No certificate was found.\n',
    });
    const store = `file:///${windowsPath(keys).replaceAll('\\', '/')}`;
    expect(windows.run(...list, '--store', store).text).toContain('packaged-device');
  });

  it('has a pkcs11js that Node for Windows loads, and that asks Windows for modules', () => {
    const library = 'C:\\Program Files\\Countersign\\prebuilds\\pkcs11js\\win32-x64';
    const script = path.join(scratch, 'load.cjs');
    writeFileSync(
      script,
      `const { PKCS11 } = require(${JSON.stringify(library)});
       try { new PKCS11().load('C:\\\\no-such-module.dll'); } catch (error) { console.log(error.message); }`,
    );
    const node = 'C:\\Program Files\\Countersign\\runtime\\node.exe';
    expect(windows.run(node, windowsPath(script)).text).toBe('Win32 error 126\n');
  });

  it('takes an older one’s place and leaves settings and audit log as they were', () => {
    const kept = ['ProgramData/Countersign/agent.json', 'users/Public/Countersign/audit.jsonl'];
    for (const file of kept) {
      mkdirSync(path.dirname(windows.file(file)), { recursive: true });
      writeFileSync(windows.file(file), '{}\n');
    }
    expect(windows.installer('/i', present)).toMatchObject({ exitCode: 0 });
    expect(version()).not.toBe('0.0.9');
    for (const file of kept) expect(readFileSync(windows.file(file), 'utf8')).toBe('{}\n');
    const uninstall = 'HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
    const { text } = windows.run('reg', 'query', uninstall, '/s');
    expect(text.match(/DisplayName\s+REG_SZ\s+Countersign/g)).toHaveLength(1);
  });

  it('has the agent started for everybody who signs in', () => {
    const task = readFileSync(windows.file('ProgramData/Countersign/agent-task.xml'), 'utf16le');
    expect(task).toContain('C:\\Program Files\\Countersign\\runtime\\node.exe');
    expect(task).toContain('<GroupId>S-1-5-32-545</GroupId>');
  });

  it('is signed, and so is each native file of ours in it', () => {
    const installed = (file: string): string =>
      windows.file(`Program Files/Countersign/prebuilds/${file}`);
    for (const file of [
      present,
      installed('win32-x64.node'),
      installed('win32-x64-service.exe'),
      installed('pkcs11js/win32-x64/build/Release/pkcs11.node'),
    ]) {
      const verify = ['verify', '-in', file, '-CAfile', certificate];
      expect(execFileSync('osslsigncode', verify, { encoding: 'utf8' })).toContain('Succeeded');
    }
  });

  it('refuses to go back to an older one', () => {
    const before = version();
    expect(windows.installer('/i', older).exitCode).not.toBe(0);
    expect(version()).toBe(before);
  });

  it('is gone after it was uninstalled, but for settings and audit log', () => {
    expect(windows.installer('/x', present)).toMatchObject({ exitCode: 0 });
    expect(existsSync(windows.file('Program Files/Countersign'))).toBe(false);
    expect(windows.registryValue(searchPath, 'PATH')).not.toContain('Countersign');
    const left = readdirSync(windows.file('ProgramData/Countersign'), { withFileTypes: true });
    expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(['agent.json']);
    expect(existsSync(windows.file('users/Public/Countersign/audit.jsonl'))).toBe(true);
  });
});

describeWith(
  'A package for Windows on arm64',
  [
    commandComponent('wixl', 'wixl'),
    commandComponent('msibuild', 'msitools'),
    commandComponent('msiinfo', 'msitools'),
  ],
  () => {
    it('says so, and takes no runtime of x64', async () => {
      const scratch = scratchDirectory();
      const node = path.join(scratch, 'node.exe');
      const prebuilds = path.join(scratch, 'prebuilds');
      const pkcs11js = ['package.json', 'index.js', 'LICENSE', 'build/Release/pkcs11.node'];
      for (const file of [
        'LICENSE',
        'prebuilds/win32-arm64.node',
        'prebuilds/win32-arm64-service.exe',
        ...pkcs11js.map((name) => `prebuilds/pkcs11js/win32-arm64/${name}`),
      ]) {
        mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
        writeFileSync(path.join(scratch, file), 'text');
      }
      const options = [
        ...['--target', 'win32-arm64', '--output', path.join(scratch, 'out')],
        ...['--node', node, '--prebuilds', prebuilds],
      ];
      writeFileSync(node, programHeader(0x8664));
      expect((await runPackaging(options)).stderr).toContain('is pe-x64, not pe-arm64');
      writeFileSync(node, programHeader(0xaa64));
      const { file = '' } = (await makePackages(options))['msi'] ?? {};
      const summary = execFileSync('msiinfo', ['suminfo', file], { encoding: 'utf8' });
      expect(summary).toContain('Template: Arm64;1033\n');
      expect(summary).toContain('Version: 500 ');
    });
  },
);

/** The beginning of a program of Windows ([PE format], the DOS and the COFF header). */
function programHeader(machine: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(128, 0x3c);
  bytes.write('PE\0\0', 128, 'latin1');
  bytes.writeUInt16LE(machine, 132);
  bytes.write('https://nodejs.org/download/release/v22.23.2/', 256, 'latin1');
  return bytes;
}
