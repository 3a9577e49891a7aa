import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/cli/agent/load-settings.ts';
import { agentPlaces } from '../../../src/cli/agent/places.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

describe('agentPlaces', () => {
  it('follows the XDG directories, the machine’s settings first', () => {
    const places = agentPlaces('linux', {
      XDG_CONFIG_HOME: '/c',
      XDG_STATE_HOME: '/s',
      XDG_DATA_HOME: '/d',
      XDG_RUNTIME_DIR: '/run/user/1',
    });
    expect(places.settingsFiles).toEqual([
      '/etc/countersign/agent.json',
      '/c/countersign/agent.json',
    ]);
    expect(places.stateDirectory).toBe('/s/countersign');
    expect(places.keyDirectory).toBe('/d/countersign/keys');
    expect(places.defaultStore).toBe('file:///d/countersign/keys');
    expect(places.controlSocket('/elsewhere')).toBe('/run/user/1/countersign/agent.sock');
  });

  it('ignores relative paths in those variables, as the specification asks', () => {
    const places = agentPlaces('linux', { XDG_STATE_HOME: 'here', XDG_RUNTIME_DIR: 'there' });
    expect(places.stateDirectory).toBe(path.join(homedir(), '.local/state/countersign'));
    expect(places.controlSocket('/state')).toBe('/state/agent.sock');
  });

  it('has places on macOS and Windows', () => {
    expect(agentPlaces('darwin', {}).settingsFiles[0]).toBe(
      '/Library/Application Support/Countersign/agent.json',
    );
    expect(agentPlaces('darwin', {}).defaultStore).toBe('macos:');
    const windows = agentPlaces('win32', { ProgramData: 'D:\\PD', LOCALAPPDATA: 'D:\\L' });
    expect(windows.settingsFiles[0]).toContain('D:\\PD');
    expect(windows.defaultStore).toBe('windows:');
    expect(windows.controlSocket('')).toMatch(/^\\\\\.\\pipe\\countersign-agent-/);
  });
});

describe('loadSettings', () => {
  function places(...settingsFiles: readonly string[]) {
    return {
      settingsFiles,
      stateDirectory: '/state',
      keyDirectory: '/keys',
      defaultStore: 'file:///keys',
      controlSocket: () => '/control',
    };
  }

  function file(text: string): string {
    const name = path.join(scratchDirectory(), 'agent.json');
    writeFileSync(name, text);
    return name;
  }

  it('has sane defaults where there is no file', () => {
    expect(loadSettings(undefined, places('/missing/agent.json'))).toEqual({
      source: undefined,
      settings: {
        servers: [],
        stores: [{ uri: 'file:///keys', pinFile: undefined }],
        ports: [21861, 21862, 21863, 21864, 21865],
        proxy: undefined,
        caFile: undefined,
        auditLog: '/state/audit.jsonl',
        logLevel: 'info',
        stateDirectory: '/state',
      },
    });
  });

  it('takes the first file that is there', () => {
    const [first, second] = [file('{"logLevel":"warn"}'), file('{"logLevel":"debug"}')];
    const loaded = loadSettings(undefined, places('/missing', first, second));
    expect(loaded.source).toBe(first);
    expect(loaded.settings.logLevel).toBe('warn');
  });

  it('takes the file that is named instead', () => {
    const [usual, named] = [file('{"logLevel":"warn"}'), file('{"stateDirectory":"/other"}')];
    const { settings } = loadSettings(named, places(usual));
    expect(settings.logLevel).toBe('info');
    expect(settings.auditLog).toBe('/other/audit.jsonl');
  });

  it('does not pass over a file that is there and wrong, or that it may not read', () => {
    const fallback = file('{}');
    const wrong = places(file('{"lgLevel":"warn"}'), fallback);
    expect(codeOf(() => loadSettings(undefined, wrong))).toBe('settings_member_unknown');
    const unreadable = places(scratchDirectory(), fallback);
    expect(codeOf(() => loadSettings(undefined, unreadable))).toBe('settings_unreadable');
  });

  it('fails where the file named is missing', () => {
    expect(codeOf(() => loadSettings('/missing', places()))).toBe('settings_unreadable');
  });
});
