/** `countersign certs list|show|check` and `version` as processes. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { putIdentity } from '../../testkit/agent-rig.ts';
import { runAgentCommand } from '../../testkit/agent-command.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { SoftHsm, softHsmComponent } from '../../testkit/softhsm.ts';
import { der, derExtension, pem, TestCa } from '../../testkit/test-ca.ts';

const root = TestCa.root({ commonName: 'Device Root' });
const issuing = root.issueCa({ commonName: 'Device Issuing' });

interface CheckAnswer {
  readonly managed: boolean;
  readonly certificates: readonly {
    readonly label: string;
    readonly passes: boolean;
    readonly used: boolean;
    readonly code: string;
    readonly path?: readonly unknown[];
  }[];
  readonly problems: readonly { readonly code: string }[];
}

describeWith('the certs commands', [programsComponent], () => {
  let directory: string;
  let keys: string;
  let authority: string;

  beforeEach(() => {
    directory = scratchDirectory();
    keys = path.join(directory, 'keys');
    mkdirSync(keys, { mode: 0o700 });
    authority = path.join(directory, 'root.pem');
    writeFileSync(authority, root.certificate.pem);
  });

  function check(...args: readonly string[]): { exitCode: number | null; answer: CheckAnswer } {
    const result = runAgentCommand('certs', 'check', '--json', '--store', keys, ...args);
    return { exitCode: result.exitCode, answer: JSON.parse(result.stdout) as CheckAnswer };
  }

  describe('check', () => {
    it('says that the device would be managed, by which certificate, and why the others not', () => {
      const old = new Date(Date.now() - 30 * 86_400_000);
      putIdentity(keys, 'good', issuing.issue(), issuing);
      putIdentity(keys, 'older', issuing.issue({ notBefore: old }), issuing);
      putIdentity(keys, 'expired', issuing.issue({ notAfter: new Date() }), issuing);
      putIdentity(keys, 'foreign', TestCa.root({ commonName: 'Other' }).issue());
      const { exitCode, answer } = check('--issuer', authority);
      expect(exitCode).toBe(exitCodes.success);
      expect(answer.managed).toBe(true);
      const seen = answer.certificates.map(({ label, passes, used, code }) => [
        label,
        passes,
        used,
        code,
      ]);
      expect(seen.sort()).toEqual([
        ['expired', false, false, 'device_certificate_expired'],
        ['foreign', false, false, 'device_issuer_untrusted'],
        ['good', true, true, 'device_managed'],
        ['older', true, false, 'identity_not_preferred'],
      ]);
      expect(answer.certificates.find(({ used }) => used)?.path).toHaveLength(3);
    });

    it('is not taken in by a name: the signature of the issuer is checked', () => {
      const namesake = TestCa.root({ commonName: 'Device Issuing' });
      putIdentity(keys, 'fake', namesake.issue());
      const file = path.join(directory, 'issuing.der');
      writeFileSync(file, issuing.certificate.der);
      const { exitCode, answer } = check('--issuer', file);
      expect(exitCode).toBe(exitCodes.noManagedCertificate);
      expect(answer.managed).toBe(false);
      expect(answer.certificates[0]).toMatchObject({ passes: false, used: true });
    });

    it('says so where nothing is there', () => {
      const { exitCode, answer } = check('--issuer', authority);
      expect({ exitCode, ...answer }).toEqual({
        exitCode: exitCodes.noManagedCertificate,
        managed: false,
        certificates: [],
        problems: [],
      });
    });

    it('prints a table and a conclusion, and in a pipe each row in one line', () => {
      putIdentity(keys, 'good', issuing.issue(), issuing);
      const { exitCode, stdout } = runAgentCommand(
        ...['certs', 'check', '--store', keys, '--issuer', authority],
      );
      expect(exitCode).toBe(exitCodes.success);
      expect(stdout).toMatch(/^CERTIFICATE +SHA-256 +VALID UNTIL +PASSES +WHY\n-+/);
      expect(stdout).toContain('This device would be called managed, by CN=device.test,O=Test.');
      expect(stdout.split('\n')[2]).toMatch(/^CN=device\.test,O=Test +[0-9a-f]{12} .* yes .*\]$/);
    });

    it.each([
      ['is missing', 'file_unreadable', undefined],
      ['is junk', 'issuer_file_invalid', 'junk'],
      ['is empty', 'issuer_file_invalid', ''],
      ['holds a device’s certificate', 'issuer_file_invalid', issuing.issue().pem],
      ['holds a private key', 'issuer_file_invalid', issuing.issue().keyPem],
      [
        'holds a damaged certificate',
        'issuer_file_invalid',
        pem('CERTIFICATE', root.certificate.der.subarray(0, -1)),
      ],
      ['is larger than any list of authorities', 'issuer_file_invalid', 'a'.repeat(1_100_000)],
    ])('refuses an issuer file that %s', (_, code, text) => {
      const file = path.join(directory, 'issuer');
      if (text !== undefined) writeFileSync(file, text);
      const result = runAgentCommand('certs', 'check', '--store', keys, '--issuer', file);
      expect(result.exitCode).toBe(exitCodes.failure);
      expect(result.stderr).toMatch(new RegExp(`^error: ${code}: ${file} `));
      expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
    });

    it('wants an issuer', () => {
      expect(runAgentCommand('certs', 'check').exitCode).toBe(exitCodes.usage);
    });
  });

  describe('list', () => {
    it('lists certificates with their keys, and what could not be read', () => {
      putIdentity(keys, 'good', issuing.issue(), issuing);
      putIdentity(keys, 'keyless', issuing.issue());
      rmSync(path.join(keys, 'keyless.key'));
      writeFileSync(path.join(keys, 'broken.pem'), 'junk');
      const store = ['--store', keys];
      const { exitCode, stdout } = runAgentCommand('certs', 'list', ...store, '--json');
      expect(exitCode).toBe(exitCodes.success);
      expect(JSON.parse(stdout)).toMatchObject({
        certificates: [
          { label: 'good', publicKey: 'EC P-256', key: { usable: true, protection: 'software' } },
          { label: 'keyless', key: { usable: false, code: 'key_not_found' } },
        ],
      });
      const table = runAgentCommand('certs', 'list', ...store).stdout;
      expect(table).toContain('SUBJECT');
      expect(table).toContain('key_not_found');
    });

    it('takes the stores of the settings, and settings that are wrong are told', () => {
      putIdentity(keys, 'good', issuing.issue(), issuing);
      const file = path.join(directory, 'agent.json');
      writeFileSync(file, JSON.stringify({ stores: [{ uri: keys }] }));
      const listed = runAgentCommand('certs', 'list', '--config', file, '--json');
      expect(JSON.parse(listed.stdout)).toMatchObject({ certificates: [{ label: 'good' }] });
      writeFileSync(file, '{"stroes":[]}');
      const wrong = runAgentCommand('certs', 'list', '--config', file);
      expect(wrong.exitCode).toBe(exitCodes.success);
      expect(wrong.stderr).toMatch(
        /^warning: settings_member_unknown: .* did you mean "stores"\?$/m,
      );
      writeFileSync(file, '{"stores":');
      expect(runAgentCommand('certs', 'list', '--config', file).exitCode).toBe(exitCodes.settings);
    });

    it('tells a store that cannot be opened beside the certificates of the others', () => {
      putIdentity(keys, 'good', issuing.issue(), issuing);
      const { exitCode, stdout, stderr } = runAgentCommand(
        ...['certs', 'list', '--store', keys, '--store', 'windows:', '--json'],
      );
      const { certificates, problems } = JSON.parse(stdout) as CheckAnswer;
      expect(certificates).toHaveLength(1);
      expect(problems).toMatchObject([{ code: 'store_unsupported' }]);
      expect(exitCode).toBe(exitCodes.failure);
      expect(stderr).toMatch(/^error: store_unsupported: windows:: .*\n$/);
    });

    it('takes it that a store of the settings may be absent', () => {
      const file = path.join(directory, 'agent.json');
      writeFileSync(file, JSON.stringify({ stores: [{ uri: keys }, { uri: 'windows:' }] }));
      const { exitCode, stdout } = runAgentCommand('certs', 'list', '--config', file);
      expect(exitCode).toBe(exitCodes.success);
      expect(stdout).toContain('store_unsupported');
    });

    it('wants a store for its PIN file', () => {
      const { exitCode, stderr } = runAgentCommand('certs', 'list', '--pin-file', '/pin');
      expect(exitCode).toBe(exitCodes.usage);
      expect(stderr).toContain('--store');
    });
  });

  describe('show', () => {
    it('shows a certificate by label, serial number or start of its SHA-256', () => {
      const leaf = issuing.issue({ serialNumber: Buffer.of(0x12, 0x34) });
      putIdentity(keys, 'good', leaf, issuing);
      const show = (...args: readonly string[]) =>
        runAgentCommand('certs', 'show', '--store', keys, ...args);
      const text = show('good').stdout;
      expect(text).toContain('CN=device.test,O=Test');
      expect(text).toContain('digitalSignature');
      expect(show('1234').stdout).toBe(text);
      expect(show('12:34').stdout).toBe(text);
      const sha256 = /SHA-256 +([0-9a-f]{64})/.exec(text)?.[1] ?? '';
      expect(show(sha256.slice(0, 10)).stdout).toBe(text);
      expect(show('good', '--pem').stdout).toBe(leaf.pem);
      expect(JSON.parse(show('good', '--json').stdout)).toMatchObject({
        certificates: [{ sha256, keyUsage: ['digitalSignature'], chainLength: 2 }],
      });
    });

    it('shows a certificate by the names it was issued for, in any case', () => {
      const text = (tag: number, value: string) => der(tag, Buffer.from(value));
      const names = der(0x30, text(0x81, 'Alice@example.com'), text(0x82, 'desk-1.example.com'));
      const extraExtensions = [derExtension('2.5.29.17', false, names)];
      putIdentity(keys, 'a', issuing.issue({ commonName: 'Desk-1', extraExtensions }), issuing);
      putIdentity(keys, 'b', issuing.issue({ commonName: 'desk-10' }), issuing);
      putIdentity(keys, 'c', issuing.issue({ commonName: 'desk-1' }), issuing);
      const labels = (name: string): unknown => {
        const { stdout } = runAgentCommand('certs', 'show', '--store', keys, name, '--json');
        const { certificates } = JSON.parse(stdout) as { certificates: { label: string }[] };
        return certificates.map(({ label }) => label);
      };
      expect(labels('DESK-1')).toEqual(['a', 'c']);
      expect(labels('desk-10')).toEqual(['b']);
      expect(labels('cn=desk-10,o=Test')).toEqual(['b']);
      expect(labels('desk-1.EXAMPLE.com')).toEqual(['a']);
      expect(labels('alice@example.com')).toEqual(['a']);
      const { stdout } = runAgentCommand('certs', 'show', '--store', keys, 'desk-1.example.com');
      expect(stdout).toMatch(/^alternative names +Alice@example\.com, desk-1\.example\.com$/m);
    });

    it('says that there is no such certificate, and where it could not look', () => {
      const { exitCode, stderr } = runAgentCommand(
        ...['certs', 'show', '--store', keys, '--store', 'windows:', 'none'],
      );
      expect(exitCode).toBe(exitCodes.failure);
      expect(stderr).toMatch(
        /^warning: store_unsupported: windows:: .*\nerror: certificate_not_found: .*\n$/,
      );
    });
  });

  it('has a version', () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    ) as { readonly version: string };
    expect(runAgentCommand('version').stdout).toBe(`${version}\n`);
    expect(JSON.parse(runAgentCommand('version', '--json').stdout)).toMatchObject({ version });
  });
});

describeWith('certs check on a token', [programsComponent, softHsmComponent], () => {
  it('tries the key, so that a wrong PIN is found before a sign-in finds it', () => {
    const token = new SoftHsm('check', '1234');
    const publicKey = token.generateKey({ type: 'rsa2048', id: '01' });
    token.writeCertificate('01', 'device', issuing.issue({ publicKey }));
    const file = path.join(token.directory, 'issuing.pem');
    writeFileSync(file, issuing.certificate.pem);
    const check = () =>
      runAgentCommand(
        ...['certs', 'check', '--json', '--issuer', file],
        ...['--store', token.uri, '--pin-file', token.pinFile],
      );
    const good = check();
    expect(good.exitCode).toBe(exitCodes.success);
    writeFileSync(token.pinFile, '0000\n', { mode: 0o600 });
    const wrong = check();
    expect(wrong.exitCode).toBe(exitCodes.noManagedCertificate);
    const { certificates } = JSON.parse(wrong.stdout) as CheckAnswer;
    expect(certificates).toMatchObject([{ passes: false, code: 'device_pin_rejected' }]);
    expect(wrong.stdout).not.toContain('0000\\n');
    token.dispose();
  });
});
