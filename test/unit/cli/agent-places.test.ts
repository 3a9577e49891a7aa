import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentPlaces } from '../../../src/cli/agent/places.ts';

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

  it('keeps the machine’s agent away from every user’s places, whatever their variables say', () => {
    const env = { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/run/user/1' };
    expect({ ...agentPlaces('linux', env, 'machine'), controlSocket: undefined }).toEqual({
      settingsFiles: ['/etc/countersign/agent.json'],
      stateDirectory: '/var/lib/countersign',
      keyDirectory: '/var/lib/countersign/keys',
      defaultStore: 'file:///var/lib/countersign/keys',
      controlSocket: undefined,
    });
    const socketOf = (platform: NodeJS.Platform): string =>
      agentPlaces(platform, env, 'machine').controlSocket('/state');
    expect(socketOf('linux')).toBe('/run/countersign/agent.sock');
    expect(socketOf('darwin')).toBe('/state/agent.sock');
    expect(socketOf('win32')).toBe('\\\\.\\pipe\\countersign-machine-agent');
    expect(agentPlaces('win32', { ProgramData: 'D:\\PD' }, 'machine')).toMatchObject({
      settingsFiles: [expect.stringContaining('D:\\PD')],
      defaultStore: 'windows:',
    });
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
