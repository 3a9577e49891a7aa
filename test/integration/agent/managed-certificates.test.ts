/** Certificates as real device management issues them, from the file store to the verdict. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { putIdentity } from '../../testkit/agent-rig.ts';
import { runAgentCommand } from '../../testkit/agent-command.ts';
import { managedCertificateShapes } from '../../testkit/managed-certificates.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const root = TestCa.root({ commonName: 'Corp Root CA', keyType: 'rsa2048' });
const issuing = root.issueCa({ commonName: 'Corp Issuing CA', keyType: 'rsa2048' });

describeWith('a certificate of', [programsComponent], () => {
  it.each(managedCertificateShapes)('$title proves the device', ({ subject, options }) => {
    const directory = scratchDirectory();
    const keys = path.join(directory, 'keys');
    mkdirSync(keys, { mode: 0o700 });
    putIdentity(keys, 'device', issuing.issue(options), issuing);
    const authority = path.join(directory, 'root.pem');
    writeFileSync(authority, root.certificate.pem);
    const { stdout } = runAgentCommand(
      ...['certs', 'check', '--json', '--store', keys, '--issuer', authority],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      managed: true,
      certificates: [{ subject, used: true, passes: true, code: 'device_managed' }],
      problems: [],
    });
  });
});
