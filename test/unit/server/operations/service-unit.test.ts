import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { commandComponent } from '../../../testkit/command-component.ts';
import { describeWith } from '../../../testkit/require-component.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

const file = new URL('../../../../packaging/server/countersign-server.service', import.meta.url);

describeWith('the server’s systemd unit', [commandComponent('systemd-analyze', 'systemd')], () => {
  /** The unit, with a program that is there in place of the one that it starts. */
  function writeUnit(): string {
    const path = `${scratchDirectory()}/countersign-server.service`;
    const started = readFileSync(file, 'utf8').replace(
      '/usr/bin/env countersign-server',
      '/bin/true',
    );
    writeFileSync(path, started);
    return path;
  }

  it('is what systemd takes without a word', () => {
    const { status, stdout, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', writeUnit()],
      { encoding: 'utf8' },
    );
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it('exposes little, by systemd’s own reckoning', () => {
    const { status, stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--threshold=20', '--no-pager', writeUnit()],
      { encoding: 'utf8' },
    );
    expect([status, stdout.match(/exposure level.*: [\d.]+ OK/)?.length]).toEqual([0, 1]);
  });
});
