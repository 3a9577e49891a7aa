import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OpensslCa, opensslComponent, type OpensslCertificate } from '../../testkit/openssl-ca.ts';
import { programsComponent, runServerCommand, type ProgramResult } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

const hour = 3_600_000;
const at = (hours: number): Date => new Date(Date.now() + hours * hour);

describeWith('commands for revocation', [programsComponent, opensslComponent], () => {
  let ca: OpensslCa;
  let good: OpensslCertificate;
  let revoked: OpensslCertificate;
  let crlFile: string;

  beforeAll(() => {
    ca = new OpensslCa('Commands CA');
    good = ca.issue('laptop-good');
    revoked = ca.issue('laptop-revoked');
    ca.revoke(revoked);
    ca.makeCrl(at(-1), at(24));
    crlFile = ca.file('ca.crl');
  });
  afterAll(() => ca.remove());

  function inDirectory(): (...args: readonly string[]) => ProgramResult {
    const directory = `${scratchDirectory()}/data`;
    return (...args) => runServerCommand(...args, '--data-dir', directory);
  }

  it('ca set changes the settings of an authority, which ca show and ca list tell', () => {
    const run = inDirectory();
    const { stdout } = run('ca', 'add', ca.certificate.file);
    const [, id = ''] = /^added ([0-9a-f]{16})/.exec(stdout) ?? [];
    expect(run('ca', 'show', id).stdout).toMatch(/Revocation +grace of 24 h, crl then ocsp; /);
    const set = run(
      ...['ca', 'set', id, '--revocation', 'grace', '--grace-hours', '2'],
      ...['--methods', 'ocsp,crl', '--unpublished', 'refuse'],
    );
    expect(set.stdout).toContain('grace of 2 h, ocsp then crl; certificates that name neither are');
    expect(run('ca', 'set', id, '--revocation', 'hard-fail').stdout).toContain('hard-fail, ocsp');
    expect(run('ca', 'list').stdout).toMatch(/^REVOCATION|hard-fail/m);
    const listed = JSON.parse(run('ca', 'list', '--json').stdout) as unknown;
    expect(listed).toMatchObject([{ revocation: { mode: 'hard-fail', graceHours: 2 } }]);
    expect(run('ca', 'set', id, '--revocation', 'soft').exitCode).toBe(2);
    expect(run('ca', 'set', id, '--methods', 'ldap').exitCode).toBe(2);
    expect(run('ca', 'set', id, '--grace-hours', '9999')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('ca_revocation_invalid') as string,
    });
  });

  it('crl add, list, fetch and remove', () => {
    const run = inDirectory();
    run('ca', 'add', ca.certificate.file);
    expect(run('crl', 'list').stdout).toBe('There is no CRL.\n');
    const added = run('crl', 'add', crlFile, ca.certificate.file, '--json');
    expect(added.exitCode).toBe(1);
    expect(added.stderr).toContain('error: crl_unreadable');
    const [crl] = JSON.parse(added.stdout) as { source: string }[];
    expect(crl).toMatchObject({ issuer: 'CN=Commands CA', entries: 1, delta: false });
    expect(run('crl', 'list').stdout).toMatch(/CN=Commands CA +[0-9a-f]{2} +1 +20/);
    // Nothing on this machine is fetched from unless the settings list it.
    const fetched = run('crl', 'fetch', 'http://127.0.0.1/ca.crl');
    expect(fetched).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('error: address_not_allowed') as string,
    });
    const { problems } = JSON.parse(run('crl', 'list', '--json').stdout) as { problems: unknown };
    expect(problems).toMatchObject([{ source: 'http://127.0.0.1/ca.crl' }]);
    expect(run('crl', 'remove', crl?.source ?? '').exitCode).toBe(0);
    expect(run('crl', 'remove', crl?.source ?? '').stderr).toContain('crl_unknown');
  });

  it('certs explain tells an accepted path with the status of each certificate', () => {
    const args = ['certs', 'explain', good.file, '--ca', ca.certificate.file, '--crl', crlFile];
    const text = runServerCommand(...args);
    expect(text).toMatchObject({ exitCode: 0, stderr: '' });
    expect(text.stdout).toMatch(/^accepted: CN=laptop-good at 20[-\d]+ \d\d:\d\d UTC$/m);
    expect(text.stdout).toMatch(/^CN=Commands CA \(trusted\)$/m);
    expect(text.stdout).toMatch(/^`- CN=laptop-good$/m);
    expect(text.stdout).toContain(`revocation: good, by crl from ${crlFile}, of `);
    const json = JSON.parse(runServerCommand(...args, '--json').stdout) as unknown;
    expect(json).toMatchObject({
      accepted: true,
      path: [
        {
          subject: 'CN=laptop-good',
          revocation: { status: 'good', evidence: [{ method: 'crl', stale: false }] },
        },
        { subject: 'CN=Commands CA' },
      ],
      refusedPaths: [],
    });
  });

  it('certs explain tells every path that was refused, with rule, place and certificate', () => {
    const args = ['certs', 'explain', revoked.file, '--ca', ca.certificate.file, '--crl', crlFile];
    const text = runServerCommand(...args);
    expect(text.exitCode).toBe(3);
    expect(text.stdout).toMatch(/^refused: CN=laptop-revoked at 20/);
    expect(text.stdout).toContain('refused path 1 of 1\nCN=Commands CA (trusted)\n');
    expect(text.stdout).toMatch(/! certificate_revoked: .*keyCompromise/);
    const json = JSON.parse(runServerCommand(...args, '--json').stdout) as unknown;
    const rule = 'RFC 5280 section 6.1.3 (a)(3)';
    expect(json).toMatchObject({
      accepted: false,
      code: 'certificate_revoked',
      rule,
      refusedPaths: [{ code: 'certificate_revoked', rule, at: 0 }],
    });
  });

  it('certs explain validates for another time, and against the server’s own authorities', () => {
    const run = inDirectory();
    run('ca', 'add', ca.certificate.file);
    expect(run('certs', 'explain', good.file).stdout).toContain('revocation: not checked');
    const later = run('certs', 'explain', good.file, '--time', at(24 * 400).toISOString());
    expect(later).toMatchObject({ exitCode: 3 });
    expect(later.stdout).toContain('! certificate_expired');
    expect(run('certs', 'explain', good.file, '--time', 'tomorrow').exitCode).toBe(2);
    const junk = `${scratchDirectory()}/junk`;
    writeFileSync(junk, 'junk');
    expect(run('certs', 'explain', junk).stderr).toContain('certificate_file_invalid');
    expect(run('certs', 'explain', good.file, '--crl', junk).stderr).toContain('crl_file_invalid');
    expect(run('certs', 'explain', good.file, '--ocsp', junk).stderr).toContain('ocsp_file_');
  });
});
