import { describe, expect, it } from 'vitest';
import { AgentError, resolveSettings, type SettingsSource } from '../../../../src/agent/index.ts';
import type { JsonObject } from '../../../../src/core/index.ts';

const defaults = (stateDirectory = '/default') => ({
  stores: [],
  ports: [1],
  auditLog: `${stateDirectory}/audit.jsonl`,
  logLevel: 'info' as const,
  stateDirectory,
});
const policy = (content: JsonObject): SettingsSource => ({
  name: 'policy',
  managed: true,
  content,
});
const machine = (content: JsonObject): SettingsSource => ({ name: 'file', managed: true, content });
const user = (content: JsonObject): SettingsSource => ({ name: 'user', managed: false, content });
const serverOf = (host: string) => ({
  issuer: `https://${host}`,
  origins: [`https://login.${host}`],
});
const resolve = (...sources: readonly SettingsSource[]) => resolveSettings(sources, defaults);

describe('resolveSettings', () => {
  it('has the defaults where nobody says anything', () => {
    const { settings, origins, sources, problems } = resolve();
    expect(settings).toEqual({
      servers: [],
      proxy: undefined,
      caFile: undefined,
      ...defaults(),
    });
    expect(Object.values(origins).every((origin) => origin === undefined)).toBe(true);
    expect([sources, problems]).toEqual([[], []]);
  });

  it('merges member by member, the strongest source first, and says where each value is from', () => {
    const { settings, origins, sources } = resolve(
      policy({ logLevel: 'warn' }),
      machine({ logLevel: 'error', ports: [20001] }),
      user({ ports: [20002], caFile: '/ca.pem' }),
    );
    expect(settings).toMatchObject({ logLevel: 'warn', ports: [20001], caFile: '/ca.pem' });
    expect(origins).toMatchObject({ logLevel: 'policy', ports: 'file', caFile: 'user' });
    expect(origins.proxy).toBeUndefined();
    expect(sources).toEqual([
      { name: 'policy', managed: true },
      { name: 'file', managed: true },
      { name: 'user', managed: false },
    ]);
  });

  it('never adds the user’s servers to those of the administrator', () => {
    const { settings } = resolve(
      machine({ servers: [serverOf('good.example')] }),
      user({ servers: [serverOf('evil.example')] }),
    );
    expect(settings.servers.map(({ issuer }) => issuer)).toEqual(['https://good.example']);
  });

  it('falls back from a wrong managed value to another managed one, and names what is wrong', () => {
    const { settings, origins, problems } = resolve(
      policy({ logLevel: 'loud' }),
      machine({ logLevel: 'error' }),
    );
    expect(settings.logLevel).toBe('error');
    expect(origins.logLevel).toBe('file');
    expect(problems).toEqual([
      {
        code: 'settings_member_invalid',
        source: 'policy',
        member: 'logLevel',
        message: 'policy: "logLevel" must be one of error, warn, info, debug.',
      },
    ]);
  });

  it('never falls back from a wrong managed value to the user’s', () => {
    const { settings, origins } = resolve(
      machine({ servers: 'https://good.example', proxy: { url: 'ftp://p' } }),
      user({ servers: [serverOf('evil.example')], proxy: { url: 'http://p' }, logLevel: 'debug' }),
    );
    expect(settings.servers).toEqual([]);
    expect(settings.proxy).toBeUndefined();
    expect(origins.servers).toBeUndefined();
    expect(settings.logLevel).toBe('debug');
  });

  it('takes nothing from the user where a managed source cannot be read', () => {
    const error = new AgentError('settings_unreadable', { message: 'EACCES' });
    const { settings, sources, problems } = resolve(
      { name: 'broken', managed: true, content: error },
      machine({ ports: [20001] }),
      user({ servers: [serverOf('evil.example')] }),
    );
    expect(settings.servers).toEqual([]);
    expect(settings.ports).toEqual([20001]);
    expect(sources.map(({ name }) => name)).toEqual(['file', 'user']);
    expect(problems).toEqual([
      { code: 'settings_unreadable', source: 'broken', message: 'EACCES' },
    ]);
  });

  it('passes over a user’s source that cannot be read', () => {
    const error = new AgentError('settings_malformed');
    const { settings } = resolve(
      { name: 'environment', managed: false, content: error },
      user({ logLevel: 'debug' }),
    );
    expect(settings.logLevel).toBe('debug');
  });

  it('gives the state directory that was chosen to the defaults', () => {
    expect(resolve(user({ stateDirectory: '/s' })).settings.auditLog).toBe('/s/audit.jsonl');
  });
});
