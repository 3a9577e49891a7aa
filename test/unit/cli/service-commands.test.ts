import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ToolCommand } from '../../../src/agent/service/service-request.ts';
import {
  installService,
  serviceStatus,
  steerService,
  uninstallService,
  type ServiceContext,
} from '../../../src/cli/agent/service-commands.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

describe('countersign service', () => {
  let home: string;
  let unit: string;
  let settings: string;
  let ran: string[];
  let told: string;
  let refusing: string | undefined;

  beforeEach(() => {
    home = scratchDirectory();
    settings = path.join(home, '.config', 'countersign', 'agent.json');
    unit = path.join(home, '.config', 'systemd', 'user', 'countersign.service');
    mkdirSync(path.dirname(settings), { recursive: true });
    writeFileSync(settings, '{}');
    ran = [];
    told = '';
    refusing = undefined;
  });

  /** A service manager that does as it is told, or says no to one kind of order. */
  function context(changes: Partial<ServiceContext['request']> = {}): ServiceContext {
    return {
      platform: 'linux',
      request: {
        scope: 'user',
        command: ['/usr/bin/node', '/usr/bin/countersign', 'run'],
        alreadyRunningExitCode: 5,
        serviceHost: undefined,
        user: { name: 'alice', id: 1000 },
        directories: {
          home,
          machineSettings: '/etc/countersign',
          userSettings: path.dirname(settings),
        },
        ...changes,
      },
      runTool: (command: ToolCommand) => {
        ran.push(command.join(' '));
        const refused = refusing !== undefined && command.includes(refusing);
        return refused
          ? { exitCode: 3, text: 'Denied.\nFor reasons.' }
          : { exitCode: 0, text: 'active' };
      },
      output: { out: (text) => (told += text), err: () => undefined, columns: undefined },
    };
  }

  /** The code that installing fails with. */
  function installCode(installed: ServiceContext): unknown {
    return codeOf(() => {
      installService(installed, false);
    });
  }

  it('installs: writes the unit, then tells systemd', () => {
    installService(context(), false);
    expect(readFileSync(unit, 'utf8')).toContain(
      'ExecStart="/usr/bin/node" "/usr/bin/countersign" "run"',
    );
    expect(ran).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now countersign.service',
    ]);
    expect(told).toBe(`Installed and started (${unit}).\n`);
  });

  it('does nothing in a dry run but show what it would do', () => {
    installService(context(), true);
    expect(existsSync(unit)).toBe(false);
    expect(ran).toEqual([]);
    expect(told).toContain(unit);
    expect(told).toContain('[Service]');
    expect(told).toContain('systemctl --user enable --now countersign.service\n');
  });

  it('upgrades in place: the old one is stopped first, and settings are left alone', () => {
    installService(context(), false);
    ran = [];
    installService(context({ command: ['/new/node', 'run'] }), false);
    expect(ran[0]).toBe('systemctl --user disable --now countersign.service');
    expect(readFileSync(unit, 'utf8')).toContain('"/new/node"');
    expect(readFileSync(settings, 'utf8')).toBe('{}');
  });

  it('uninstalls, leaves settings alone, and says so where there is nothing to uninstall', () => {
    installService(context(), false);
    ran = [];
    uninstallService(context());
    expect(existsSync(unit)).toBe(false);
    expect(existsSync(settings)).toBe(true);
    expect(ran).toEqual([
      'systemctl --user disable --now countersign.service',
      'systemctl --user daemon-reload',
    ]);
    expect(
      codeOf(() => {
        uninstallService(context());
      }),
    ).toBe('service_not_installed');
  });

  it('uninstalls what the service manager has forgotten already', () => {
    installService(context(), false);
    refusing = 'disable';
    uninstallService(context());
    expect(existsSync(unit)).toBe(false);
  });

  it('starts and stops', () => {
    expect(
      codeOf(() => {
        steerService(context(), 'start');
      }),
    ).toBe('service_not_installed');
    installService(context(), false);
    ran = [];
    steerService(context(), 'start');
    steerService(context(), 'stop');
    expect(ran).toEqual([
      'systemctl --user start countersign.service',
      'systemctl --user stop countersign.service',
    ]);
  });

  it('passes on what the service manager says where it refuses', () => {
    refusing = 'enable';
    expect(() => {
      installService(context(), false);
    }).toThrow('"systemctl --user enable --now countersign.service" failed: Denied.');
  });

  it('tells the state, and that an older version wrote the description', () => {
    expect(statusOf()).toEqual({
      installed: false,
      current: false,
      enabled: false,
      files: [unit],
      known: false,
    });
    installService(context(), false);
    expect(statusOf()).toMatchObject({
      installed: true,
      current: true,
      enabled: true,
      known: true,
    });
    refusing = 'is-enabled';
    expect(statusOf()).toMatchObject({ enabled: false, known: true });
    refusing = undefined;
    writeFileSync(unit, '[Service]\n');
    expect(statusOf()).toMatchObject({ installed: true, current: false, known: true });
    refusing = 'is-active';
    expect(statusOf()).toMatchObject({ installed: true, known: false });
    told = '';
    expect(() => {
      serviceStatus(context(), false);
    }).toThrow();
    expect(told).toMatch(/^installed {2}yes, /);
    expect(told).toMatch(/^outdated {3}yes; /m);
    expect(told).toMatch(/^manager {4}Denied\.$/m);
  });

  function statusOf(): unknown {
    told = '';
    let running = true;
    try {
      serviceStatus(context(), true);
    } catch {
      running = false;
    }
    const status = JSON.parse(told) as { readonly known: boolean };
    expect(running).toBe(status.known);
    return status;
  }

  it('refuses what no description can hold, and systems it does not know', () => {
    const broken = context({ command: ['/a\nExecStartPre=/bin/sh', 'run'] });
    expect(installCode(broken)).toBe('service_path_invalid');
    const unknown = { ...context(), platform: 'aix' as const };
    expect(installCode(unknown)).toBe('service_unsupported');
  });

  it('says that it may not write, where it may not', () => {
    writeFileSync(path.join(home, '.config', 'systemd'), 'in the way');
    expect(installCode(context())).toBe('service_file_unwritable');
    expect(ran).toEqual([]);
  });
});
