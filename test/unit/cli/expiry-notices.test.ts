import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import { noticeCommand, type NoticeCommand } from '../../../src/cli/agent/desktop-notice.ts';
import { ExpiryNotices } from '../../../src/cli/agent/expiry-notices.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const certificate = parseCertificate(TestCa.root({ commonName: 'Root' }).issue().der);
const hostile = { title: '-t "; calc; "', body: '$(id) `id` <b>"&' };

describe('ExpiryNotices', () => {
  let file: string;
  let shown: NoticeCommand[];
  let warnings: unknown[];
  let days: number | undefined;
  let exitCode: number;

  beforeEach(() => {
    file = path.join(scratchDirectory(), 'notices.json');
    shown = [];
    warnings = [];
    days = 7;
    exitCode = 0;
  });

  function notices(daysLeft: number): ExpiryNotices {
    return new ExpiryNotices({
      platform: 'linux',
      days: () => days,
      file,
      clock: { now: () => new Date(certificate.notAfter.getTime() - daysLeft * 86_400_000) },
      logger: { ...silentLogger, warn: (...line) => void warnings.push(line) },
      show: (command) => {
        shown.push(command);
        return Promise.resolve({ exitCode, text: 'no daemon' });
      },
    });
  }

  it('shows one a day, also where the agent was started again in between', async () => {
    await notices(3).used(certificate);
    await notices(3).used(certificate);
    expect(shown).toHaveLength(1);
    await notices(2).used(certificate);
    expect(shown).toHaveLength(2);
  });

  it('shows none where the setting is off or the end is far', async () => {
    await notices(8).used(certificate);
    days = undefined;
    await notices(3).used(certificate);
    expect(shown).toEqual([]);
  });

  it('shows it where its file is spoilt, and not at all where it cannot be written', async () => {
    writeFileSync(file, '{"a":[[[[]]]]');
    await notices(3).used(certificate);
    expect(shown).toHaveLength(1);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toHaveLength(1);
    file = path.join(file, 'below');
    await notices(3).used(certificate);
    expect(shown).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  it('logs that it could not be shown', async () => {
    exitCode = 1;
    await notices(3).used(certificate);
    expect(warnings).toEqual([['A notice could not be shown', { reason: 'no daemon' }]]);
  });
});

describe('noticeCommand', () => {
  it('hands texts over as arguments or variables, never in a script', () => {
    expect(noticeCommand('linux', hostile)?.command).toEqual([
      ...['notify-send', '--app-name=Countersign', '--', hostile.title],
      '$(id) `id` &lt;b&gt;"&amp;',
    ]);
    const mac = noticeCommand('darwin', hostile)?.command ?? [];
    expect(mac.slice(-3)).toEqual(['--', hostile.title, hostile.body]);
    const windows = noticeCommand('win32', hostile);
    expect(windows?.command.join(' ')).not.toMatch(/calc|\$\(id\)/);
    expect(windows?.env).toEqual({
      COUNTERSIGN_NOTICE_TITLE: hostile.title,
      COUNTERSIGN_NOTICE_BODY: hostile.body,
    });
  });

  it('knows no program of other systems', () => {
    expect(noticeCommand('aix', hostile)).toBeUndefined();
  });
});
