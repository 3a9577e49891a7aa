/** `countersign doctor` as a process, on a machine where nothing is as it should be. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { runAgentCommand } from '../../testkit/agent-command.ts';
import { putIdentity } from '../../testkit/agent-rig.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

describeWith('countersign doctor', [programsComponent], () => {
  it('tells what is wrong on one page, as JSON, and in a bundle that is written once', () => {
    const directory = scratchDirectory();
    const file = path.join(directory, 'agent.json');
    const keys = putIdentity(path.join(directory, 'keys'), 'device', TestCa.root().issue());
    const issuer = 'https://127.0.0.1:1';
    writeFileSync(
      file,
      JSON.stringify({
        servers: [{ issuer, origins: ['https://login.example.test'] }],
        stores: [{ uri: keys }],
        stateDirectory: path.join(directory, 'state'),
        telemetry: true,
      }),
    );
    const page = runAgentCommand('doctor', '--config', file);
    expect(page.exitCode).toBe(exitCodes.failure);
    expect(page.stderr).toBe('');
    for (const text of ['settings_member_unknown', 'server_unreachable', '1 certificate found']) {
      expect(page.stdout.replaceAll(/\s+/g, ' ')).toContain(text);
    }
    const bundle = path.join(directory, 'bundle.json');
    const told = runAgentCommand('doctor', '--config', file, '--json', '--bundle', bundle);
    expect(JSON.parse(told.stdout)).toMatchObject({
      healthy: false,
      origins: { servers: file, stores: file },
      certificates: [{ label: 'device' }],
      servers: [{ issuer, outcome: 'failed', code: 'server_unreachable' }],
    });
    expect(JSON.parse(readFileSync(bundle, 'utf8'))).toMatchObject({ healthy: false });
    expect(statSync(bundle).mode & 0o777).toBe(0o600);
    const again = runAgentCommand('doctor', '--config', file, '--bundle', bundle);
    expect(again.stderr).toMatch(/^error: file_unwritable: /);
  });
});
