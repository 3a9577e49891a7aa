import { mkdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { planService } from '../../../../src/agent/service/service-plan.ts';
import type { ServicePlan, ServiceRequest } from '../../../../src/agent/service/service-request.ts';
import type { ServiceScope } from '../../../../src/agent/service/service-description.ts';
import { commandComponent } from '../../../testkit/command-component.ts';
import { describeWith } from '../../../testkit/require-component.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

const scopes: readonly ServiceScope[] = ['user', 'all-users', 'machine'];

/** A path that each format has to escape. */
const awkward = `/opt/50% "A & B" <$HOME>/it's \\n`;

function requestOf(platform: NodeJS.Platform, scope: ServiceScope): ServiceRequest {
  const windows = platform === 'win32';
  return {
    scope,
    command: windows
      ? [
          'C:\\Program Files\\Countersign\\node.exe',
          'C:\\Program Files\\Countersign\\countersign.js',
          'run',
        ]
      : ['/usr/lib/countersign/node', '/usr/lib/countersign/countersign.js', 'run'],
    alreadyRunningExitCode: 5,
    serviceHost: windows ? 'C:\\Program Files\\Countersign\\service.exe' : undefined,
    user: { name: windows ? 'CORP\\alice' : 'alice', id: windows ? undefined : 501 },
    directories: {
      home: '/Users/alice',
      machineSettings: windows ? 'C:\\ProgramData\\Countersign' : '/etc/countersign',
      userSettings: windows
        ? 'C:\\Users\\alice\\AppData\\Local\\Countersign'
        : '/home/alice/.config/countersign',
    },
  };
}

function planOf(
  platform: NodeJS.Platform,
  scope: ServiceScope,
  changes: Partial<ServiceRequest> = {},
): ServicePlan {
  const plan = planService(platform, { ...requestOf(platform, scope), ...changes });
  if (plan === undefined) throw new Error(`no plan for ${platform}`);
  return plan;
}

/** The file that describes the service. */
function descriptionOf({ files }: ServicePlan): Buffer {
  const [first] = files;
  if (first === undefined) throw new Error('no file');
  return first.content;
}

describe('planService', () => {
  it.each(
    (['linux', 'darwin', 'win32'] as const).flatMap((platform) =>
      scopes.map((scope) => [platform, scope] as const),
    ),
  )('plans what has been agreed on %s for %s', async (platform, scope) => {
    const { files, ...plan } = planOf(platform, scope);
    const described = files.map(({ path: name, content }) => {
      const encoding = platform === 'win32' ? 'utf16le' : 'utf8';
      return `${name}\n\n${content.toString(encoding).replace('\uFEFF', '')}\n`;
    });
    const text = `${described.join('')}${JSON.stringify(plan, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`./golden/${platform}-${scope}.txt`);
  });

  it('writes a task in UTF-16 with its byte order mark, as schtasks wants it', () => {
    const content = descriptionOf(planOf('win32', 'user'));
    expect([...content.subarray(0, 2)]).toEqual([0xff, 0xfe]);
  });

  it('has no plan for a system that it does not know', () => {
    expect(planService('aix', requestOf('linux', 'user'))).toBeUndefined();
  });

  it('quotes arguments of a Windows program so that it gets them back as they were', () => {
    const command = ['C:\\a b\\node.exe', 'ends in \\', 'a "quoted" \\"one'];
    const task = descriptionOf(planOf('win32', 'user', { command })).toString('utf16le');
    expect(task).toContain(
      '<Arguments>--headless &quot;C:\\a b\\node.exe&quot; &quot;ends in \\\\&quot; &quot;a \\&quot;quoted\\&quot; \\\\\\&quot;one&quot;</Arguments>',
    );
  });
});

describeWith('the systemd unit', [commandComponent('systemd-analyze', 'systemd')], () => {
  it.each(scopes)('passes systemd’s own check, for %s', (scope) => {
    const directory = scratchDirectory();
    const unit = path.join(directory, 'countersign.service');
    const command = [process.execPath, awkward, 'run'];
    writeFileSync(unit, descriptionOf(planOf('linux', scope, { command })));
    const { status, stderr } = verify(unit, directory, scope);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('would not pass with a directive that systemd does not know', () => {
    const directory = scratchDirectory();
    const unit = path.join(directory, 'countersign.service');
    const content = descriptionOf(planOf('linux', 'user', { command: [process.execPath] }));
    writeFileSync(unit, content.toString().replace('NoNewPrivileges', 'NoNewPrivilege'));
    expect(verify(unit, directory, 'user').stderr).toContain('NoNewPrivilege');
  });

  it('leaves a machine’s agent little that it could do', () => {
    const directory = scratchDirectory();
    const name = 'countersign-machine.service';
    const unit = path.join(directory, name);
    const command = [process.execPath, 'run'];
    writeFileSync(unit, descriptionOf(planOf('linux', 'machine', { command })));
    const args = ['security', '--offline=true', '--threshold=20', '--no-pager', unit];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/exposure level for .*: [01]\.\d OK/) as string,
    });
  });

  function verify(
    unit: string,
    directory: string,
    scope: ServiceScope,
  ): { status: number | null; stderr: string } {
    const runtime = path.join(directory, 'run');
    mkdirSync(runtime, { mode: 0o700, recursive: true });
    return spawnSync(
      'systemd-analyze',
      ['verify', scope === 'machine' ? '--system' : '--user', '--man=no', unit],
      {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: directory, XDG_RUNTIME_DIR: runtime },
      },
    );
  }
});

describeWith('the XML descriptions', [commandComponent('python3', 'python3')], () => {
  const command = [awkward, 'run', '--config', '/a & b/<agent>.json'];

  it.each(scopes)('give launchd the arguments as they are, for %s', (scope) => {
    const content = descriptionOf(planOf('darwin', scope, { command }));
    const read = python(
      'import json,plistlib,sys; json.dump(plistlib.loads(sys.stdin.buffer.read()), sys.stdout)',
      content,
    );
    expect(JSON.parse(read)).toMatchObject({
      Label: scope === 'machine' ? 'countersign.machine-agent' : 'countersign.agent',
      ProgramArguments: command,
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      Umask: 0o077,
    });
  });

  it.each(['user', 'all-users'] as const)(
    'give the Task Scheduler well-formed XML, for %s',
    (scope) => {
      const content = descriptionOf(planOf('win32', scope, { command }));
      const script =
        'import sys,xml.etree.ElementTree as e; n="{http://schemas.microsoft.com/windows/2004/02/mit/task}"; print(e.fromstring(sys.stdin.buffer.read()).find(f"{n}Actions/{n}Exec/{n}Arguments").text)';
      expect(python(script, content)).toContain('"/a & b/<agent>.json"');
    },
  );

  function python(script: string, input: Buffer): string {
    const { status, stdout, stderr } = spawnSync('python3', ['-c', script], {
      input,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  }
});
