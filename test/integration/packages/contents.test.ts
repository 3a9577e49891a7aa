import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  layOutPrebuilds,
  layOutRuntime,
  runPackaging,
  type MadePackage,
} from '../../testkit/packages/make-packages.ts';
import { makeScratchDirectory, scratchDirectory } from '../../testkit/scratch-directory.ts';

vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../../..', import.meta.url));
const serverOnly = [
  '@simplewebauthn/server',
  'better-sqlite3',
  'fastify',
  'jose',
  'oidc-provider',
  'pg',
  'prom-client',
];

/** Native files whose beginnings say what they are for; macOS' format needs nothing more of them here. */
const universal = Buffer.alloc(4096);
universal.writeUInt32BE(0xcafebabe, 0);
universal.writeUInt32BE(2, 4);
universal.writeUInt32BE(0x01000007, 8);
universal.writeUInt32BE(0x0100000c, 28);
universal.write('https://nodejs.org/download/release/v24.21.0/node-v24.21.0.tar.gz', 128, 'latin1');

describe('What a package carries', () => {
  const scratch = makeScratchDirectory();
  let made: MadePackage;
  let application: string;
  let run: Awaited<ReturnType<typeof runPackaging>>;
  const macOptions: string[] = [];

  beforeAll(async () => {
    const node = path.join(scratch, 'node');
    mkdirSync(node);
    writeFileSync(path.join(node, 'node'), universal);
    writeFileSync(path.join(node, 'LICENSE'), 'Node.js is licensed for use as follows.\n');
    const prebuilds = path.join(scratch, 'prebuilds');
    layOutPrebuilds(prebuilds);
    const compiled = path.join(prebuilds, 'pkcs11js', `${process.platform}-${process.arch}`);
    for (const target of ['darwin-x64', 'darwin-arm64']) {
      const copy = path.join(prebuilds, 'pkcs11js', target);
      if (!existsSync(copy)) cpSync(compiled, copy, { recursive: true });
    }
    writeFileSync(path.join(prebuilds, 'darwin-universal.node'), universal);
    macOptions.push('--target', 'darwin-universal', '--node', node, '--prebuilds', prebuilds);
    run = await runPackaging([...macOptions, '--output', path.join(scratch, 'out')]);
    const [only] = run.packages;
    if (only?.directory === undefined) throw new Error(run.stderr);
    made = only;
    application = path.join(only.directory, 'root/usr/local/lib/countersign');
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
  });

  function packagesInside(): readonly string[] {
    return readdirSync(path.join(application, 'node_modules'), {
      recursive: true,
      encoding: 'utf8',
    })
      .filter((file) => path.basename(file) === 'package.json')
      .map((file) => {
        const text = readFileSync(path.join(application, 'node_modules', file), 'utf8');
        return (JSON.parse(text) as { name?: string }).name;
      })
      .filter((name) => name !== undefined);
  }

  it('is the agent and nothing of the server', () => {
    const names = packagesInside();
    expect(names).toEqual(expect.arrayContaining(['commander', 'winston', 'node-forge']));
    for (const name of serverOnly) expect(names).not.toContain(name);
    expect(existsSync(path.join(application, 'dist/server'))).toBe(false);
    expect(existsSync(path.join(application, 'dist/cli/countersign-server.js'))).toBe(false);
  });

  it('is all that the agent’s commands load', () => {
    const entry = path.join(application, 'dist/cli/countersign.js');
    for (const command of [
      ['version'],
      ['--help'],
      ['config', 'show', '--origin'],
      ['audit', 'verify', '--help'],
      ['service', 'install', '--dry-run', '--all-users'],
      ['certs', 'list', '--store', pathToFileURL(scratch).href],
    ]) {
      const output = execFileSync(process.execPath, [entry, ...command], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: scratch },
      });
      expect(output, command.join(' ')).not.toBe('');
    }
  });

  it('has no types, no source maps and no tests', () => {
    const files = readdirSync(application, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /\.(?:d\.[cm]?ts|map|ts)$|(?:^|\/)tests?\//.test(file))).toEqual(
      [],
    );
  });

  it('has the licence of everything in it', () => {
    const notices = readFileSync(path.join(application, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of new Set(packagesInside())) expect(notices).toContain(`${name} `);
    expect(notices).toContain('Node.js 24.21.0\n\nNode.js is licensed for use as follows.');
  });

  describe('is listed in a bill of materials that', () => {
    interface Component {
      readonly 'bom-ref': string;
      readonly name: string;
      readonly version: string;
      readonly purl: string;
      readonly licenses: readonly unknown[];
      readonly hashes: readonly { readonly alg: string; readonly content: string }[];
    }
    interface Bill {
      readonly specVersion: string;
      readonly metadata: { readonly component: Component };
      readonly components: readonly Component[];
      readonly dependencies: readonly {
        readonly ref: string;
        readonly dependsOn?: readonly string[];
      }[];
    }
    let bill: Bill;

    beforeAll(() => {
      bill = JSON.parse(readFileSync(path.join(application, 'sbom.cdx.json'), 'utf8')) as Bill;
    });

    it('is valid CycloneDX 1.6', () => {
      const validate = cycloneDxValidator();
      expect(validate(bill), JSON.stringify(validate.errors)).toBe(true);
      expect(bill.specVersion).toBe('1.6');
      expect(validate({ ...bill, components: [{ name: 'no type' }] })).toBe(false);
    });

    it('names every package with its version, licence, address and hash', () => {
      const names = bill.components.map(({ name }) => name);
      expect([...names].sort()).toEqual(
        [...new Set([...packagesInside(), 'pkcs11js', 'node'])].sort(),
      );
      for (const { name, version, purl, licenses, hashes } of bill.components) {
        expect(version, name).toMatch(/^\d+\.\d+\.\d+/);
        expect(purl, name).toContain(`@${version}`);
        expect(licenses, name).not.toHaveLength(0);
        expect(hashes[0]?.content, name).toMatch(/^(?:[0-9a-f]{64}|[0-9a-f]{128})$/);
      }
    });

    it('names Node as it was given', () => {
      const node = bill.components.find(({ name }) => name === 'node');
      expect(node?.version).toBe('24.21.0');
      const sum = execFileSync('sha256sum', [path.join(application, 'runtime/node')], {
        encoding: 'utf8',
      });
      expect(node?.hashes).toEqual([{ alg: 'SHA-256', content: sum.slice(0, 64) }]);
    });

    it('says what needs what', () => {
      const own = bill.dependencies.find(({ ref }) => ref === bill.metadata.component['bom-ref']);
      const direct = own?.dependsOn?.map((ref) =>
        ref.replace(/^pkg:\w+\//, '').replace(/@[^@]+$/, ''),
      );
      expect(direct).toEqual(
        expect.arrayContaining(['commander', 'node', 'node-forge', 'pkcs11js', 'winston']),
      );
    });
  });

  describe('for macOS', () => {
    it('is laid out for pkgbuild, and the rest is said with an exit code of its own', () => {
      expect(run.exitCode).toBe(3);
      expect(run.stderr).toContain(
        'pkgbuild, productbuild, codesign and notarytool are on macOS alone',
      );
      const directory = made.directory ?? '';
      expect(readdirSync(directory).sort()).toEqual([
        'Distribution.xml',
        'build.sh',
        'entitlements.plist',
        'root',
        'scripts',
      ]);
      const plist = readFileSync(
        path.join(directory, 'root/Library/LaunchAgents/countersign.agent.plist'),
        'utf8',
      );
      expect(plist).toContain('<string>/usr/local/lib/countersign/runtime/node</string>');
      expect(readFileSync(path.join(directory, 'Distribution.xml'), 'utf8')).toContain(
        `version="${made.version}"`,
      );
    });

    it('has documents that parse and scripts that a shell accepts', () => {
      const directory = made.directory ?? '';
      for (const file of [
        'Distribution.xml',
        'entitlements.plist',
        'root/Library/LaunchAgents/countersign.agent.plist',
      ]) {
        const parse = 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])';
        execFileSync('python3', ['-c', parse, path.join(directory, file)]);
      }
      for (const file of [
        'build.sh',
        'scripts/preinstall',
        'scripts/postinstall',
        'root/usr/local/bin/countersign',
        'root/usr/local/lib/countersign/uninstall.sh',
      ]) {
        execFileSync('sh', ['-n', path.join(directory, file)]);
        expect(statSync(path.join(directory, file)).mode & 0o777, file).toBe(0o755);
      }
    });

    it('has each native file signed by the command that was given, in place or anew', async () => {
      const output = path.join(scratch, 'signed');
      const append = 'sh -c \'printf "%s" "$1" >>"$0"\' {in} {entitlements}';
      const renew = 'sh -c \'{ cat "$0"; printf " again"; } >"$1"\' {in} {out}';
      const signed = await runPackaging([
        ...[...macOptions, '--output', output],
        ...['--sign-file', append, '--sign-file', renew],
      ]);
      const directory = signed.packages[0]?.directory ?? '';
      const native = path.join(directory, 'root/usr/local/lib/countersign');
      for (const file of [
        'runtime/node',
        'prebuilds/darwin-universal.node',
        'prebuilds/pkcs11js/darwin-x64/build/Release/pkcs11.node',
        'prebuilds/pkcs11js/darwin-arm64/build/Release/pkcs11.node',
      ]) {
        const tail = readFileSync(path.join(native, file)).subarray(-200).toString('latin1');
        expect(tail, file).toMatch(/entitlements\.plist again$/);
      }
    });
  });

  describe('is refused with what to do where', () => {
    it.each([
      ['the target is unknown', ['--target', 'vms-vax'], 2, 'There is no target "vms-vax"'],
      ['the target has no such format', ['--target', 'win32-x64', '--format', 'deb'], 2, 'has msi'],
      ['an option is unknown', ['--speed', 'high'], 2, '--speed'],
      ['the version is none', ['--package-version', '1.2'], 2, 'no version such as'],
      ['no runtime is known', ['--target', 'darwin-universal'], 1, 'name one with --node'],
      ['the runtime is not there', ['--node', '/nowhere'], 1, 'no runtime in /nowhere'],
    ])('%s', async (_title, args, exitCode, sentence) => {
      const result = await runPackaging(args);
      expect(result.exitCode).toBe(exitCode);
      expect(result.stderr).toContain(sentence);
    });

    it('the runtime is another system’s', async () => {
      const node = layOutRuntime(scratchDirectory());
      const result = await runPackaging([
        '--target',
        'darwin-universal',
        '--node',
        `${node}/bin/node`,
      ]);
      expect(result).toMatchObject({ exitCode: 1 });
      expect(result.stderr).toContain('not macho-universal');
    });

    it('the runtime is no release of Node, or too old a one', async () => {
      const directory = scratchDirectory();
      writeFileSync(path.join(directory, 'LICENSE'), 'text');
      const args = ['--target', 'darwin-universal', '--node', directory];
      writeFileSync(path.join(directory, 'node'), universal.subarray(0, 128));
      expect((await runPackaging(args)).stderr).toContain('no release of Node');
      const old = Buffer.from(universal);
      old.write('v18.20.0/', old.indexOf('v24.21.0/'), 'latin1');
      writeFileSync(path.join(directory, 'node'), old);
      expect((await runPackaging(args)).stderr).toContain('is Node 18.20.0; the agent needs 20.19');
    });

    it('the time of the sources is none', async () => {
      const result = await runPackaging(macOptions, { SOURCE_DATE_EPOCH: 'yesterday' });
      expect(result).toMatchObject({ exitCode: 2 });
      expect(result.stderr).toContain('SOURCE_DATE_EPOCH is seconds since 1970');
    });

    it('a native file is missing', async () => {
      const node = macOptions[3] ?? '';
      const empty = scratchDirectory();
      const args = ['--target', 'darwin-universal', '--node', node, '--prebuilds', empty];
      const result = await runPackaging([...args, '--output', scratchDirectory()]);
      expect(result).toMatchObject({ exitCode: 1 });
      expect(result.stderr).toContain('darwin-universal.node');
    });

    it('a signing command fails, names no file or leaves none', async () => {
      const attempt = async (command: string) =>
        runPackaging([...macOptions, '--output', scratchDirectory(), '--sign-file', command]);
      expect((await attempt("sh -c 'echo no key >&2; exit 9' {in}")).stderr).toContain('no key');
      expect((await attempt('true')).stderr).toContain('needs {in}');
      expect((await attempt('true {in} {out}')).stderr).toContain('wrote no');
    });
  });
});

describe('The closure', () => {
  const load = async () =>
    (await import(pathToFileURL(path.join(root, 'scripts/packaging/closure.mjs')).href)) as {
      findClosure: (root: string) => Promise<{ files: string[] }>;
    };

  function program(files: Readonly<Record<string, string>>): string {
    const directory = scratchDirectory();
    const manifest = { bin: { countersign: './dist/cli/main.js' }, imports: {} };
    const pkcs11js = { name: 'pkcs11js', version: '1.0.0', license: 'MIT' };
    const all = {
      'package.json': JSON.stringify(manifest),
      'node_modules/pkcs11js/package.json': JSON.stringify(pkcs11js),
      ...files,
    };
    for (const [file, text] of Object.entries(all)) {
      mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
      writeFileSync(path.join(directory, file), text);
    }
    return directory;
  }

  it('follows static imports, dynamic ones, and workers that are named by their address', async () => {
    const { findClosure } = await load();
    const directory = program({
      'dist/cli/main.js': "import './a.js'; await import('./b.js');",
      'dist/cli/a.js': '',
      'dist/cli/b.js': "new Worker(new URL('../c.js', import.meta.url), {});",
      'dist/c.js': "import './d.js';",
      'dist/d.js': '',
      'dist/unused.js': '',
    });
    expect((await findClosure(directory)).files).toEqual([
      'dist/c.js',
      'dist/cli/a.js',
      'dist/cli/b.js',
      'dist/cli/main.js',
      'dist/d.js',
    ]);
  });

  it('refuses a program that reaches the server', async () => {
    const { findClosure } = await load();
    const directory = program({
      'dist/cli/main.js': "await import('../server/index.js');",
      'dist/server/index.js': '',
    });
    await expect(findClosure(directory)).rejects.toThrow('it must not reach the server');
  });
});

function cycloneDxValidator() {
  const library = createRequire(import.meta.url).resolve(
    '@cyclonedx/cyclonedx-library/package.json',
  );
  const schema = (name: string): object =>
    JSON.parse(
      readFileSync(path.join(path.dirname(library), 'res/schema', name), 'utf8'),
    ) as object;
  const ajv = new Ajv({ strict: false, validateFormats: true, allErrors: true });
  addFormats.default(ajv);
  // RFC 3987 and RFC 6531 are wider than RFC 3986 and RFC 5321, whose forms are all that is written here.
  ajv.addFormat('iri-reference', /^[^\s]*$/);
  ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
    const file = `${name}.SNAPSHOT.schema.json`;
    ajv.addSchema(schema(file), `http://cyclonedx.org/schema/${file}`);
  }
  return ajv.compile(schema('bom-1.6.SNAPSHOT.schema.json'));
}
