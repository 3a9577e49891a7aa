import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  environmentName,
  loadServerSettings,
  type SettingsSources,
} from '../../../../src/cli/server/settings.ts';
import { revocationOptions } from '../../../../src/cli/server/revocation-options.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

/** Loads settings from a file with this content, and other sources. */
function load(content: unknown, sources: Partial<SettingsSources> = {}) {
  const configFile = `${scratchDirectory()}/server.json`;
  writeFileSync(configFile, typeof content === 'string' ? content : JSON.stringify(content));
  return loadServerSettings({ configFile, environment: {}, options: {}, ...sources });
}

function refusal(content: unknown, sources: Partial<SettingsSources> = {}): unknown {
  try {
    return load(content, sources);
  } catch (error) {
    return error;
  }
}

describe('the server’s settings', () => {
  it('have defaults', () => {
    const environment = { XDG_STATE_HOME: '/state' };
    const settings = load({}, { environment });
    expect(settings.listen).toEqual({ host: '127.0.0.1', port: 8480 });
    expect(settings.dataDirectory).toMatch(/countersign-server$/);
    expect(Object.keys(settings)).toHaveLength(2);
  });

  it('of revocation are seconds, addresses and a directory', () => {
    const revocation = {
      allowedAddresses: ['crl.corp.example:8080', '10.0.0.0/8'],
      crlDirectory: '/crls',
      maxWait: 2,
      refreshInterval: 60,
    };
    expect(revocationOptions(load({ revocation }))).toEqual({
      allowedAddresses: ['crl.corp.example:8080', '10.0.0.0/8'],
      crlDirectory: '/crls',
      maxWait: 2000,
      refreshInterval: 60_000,
    });
    expect(revocationOptions(load({}))).toEqual({ allowedAddresses: [] });
    const environment = { COUNTERSIGN_SERVER_REVOCATION_OCSP_INTERVAL: '5' };
    expect(revocationOptions(load({}, { environment })).ocspInterval).toBe(5000);
    expect(refusal({ revocation: { allowedAddresses: ['http://crl'] } })).toMatchObject({
      code: 'server_settings_invalid',
    });
  });

  it('come from the file', () => {
    const settings = load({
      listen: '[::]:443',
      issuer: 'https://auth.example',
      dataDirectory: '/data',
      tls: { certFile: '/c', keyFile: '/k' },
      trustedProxies: ['10.0.0.0/8', '2001:db8::1'],
      applicationOrigins: ['https://app.example'],
      loopbackPorts: [1, 65535],
      challengeLifetime: 60,
      signInRetention: 7,
      demo: true,
      limits: { challengesPerMinute: 5, pendingTransactions: 6 },
      log: { level: 'debug', format: 'json' },
    });
    expect(settings).toEqual({
      listen: { host: '::', port: 443 },
      issuer: 'https://auth.example',
      dataDirectory: '/data',
      'tls.certFile': '/c',
      'tls.keyFile': '/k',
      trustedProxies: ['10.0.0.0/8', '2001:db8::1'],
      applicationOrigins: ['https://app.example'],
      loopbackPorts: [1, 65535],
      challengeLifetime: 60,
      signInRetention: 7,
      demo: true,
      'limits.challengesPerMinute': 5,
      'limits.pendingTransactions': 6,
      'log.level': 'debug',
      'log.format': 'json',
    });
  });

  it('come from the environment, over the file', () => {
    const settings = load(
      { listen: '127.0.0.1:1', challengeLifetime: 60 },
      {
        environment: {
          COUNTERSIGN_SERVER_LISTEN: '127.0.0.1:2',
          COUNTERSIGN_SERVER_DATA_DIRECTORY: '/data',
          COUNTERSIGN_SERVER_LOOPBACK_PORTS: '1, 2',
          COUNTERSIGN_SERVER_APPLICATION_ORIGINS: '',
          COUNTERSIGN_SERVER_DEMO: 'false',
          COUNTERSIGN_SERVER_LIMITS_PROOFS_PER_MINUTE: '9',
        },
      },
    );
    expect(settings).toEqual({
      listen: { host: '127.0.0.1', port: 2 },
      challengeLifetime: 60,
      dataDirectory: '/data',
      loopbackPorts: [1, 2],
      applicationOrigins: [],
      demo: false,
      'limits.proofsPerMinute': 9,
    });
  });

  it('come from the command line, over everything', () => {
    const settings = load(
      { listen: '127.0.0.1:1' },
      {
        environment: { COUNTERSIGN_SERVER_LISTEN: '127.0.0.1:2' },
        options: { listen: '127.0.0.1:3', issuer: undefined },
      },
    );
    expect(settings.listen.port).toBe(3);
    expect(settings).not.toHaveProperty('issuer');
  });

  it('may have their file named in the environment', () => {
    const path = `${scratchDirectory()}/other.json`;
    writeFileSync(path, '{"challengeLifetime": 33}');
    const environment = { COUNTERSIGN_SERVER_CONFIG: path };
    const settings = loadServerSettings({ configFile: undefined, environment, options: {} });
    expect(settings.challengeLifetime).toBe(33);
  });

  it.each([
    ['challengeLifetime', 9, 'a whole number from 10 to 120'],
    ['challengeLifetime', '60', 'a whole number from 10 to 120'],
    ['challengeLifetime', 60.5, 'a whole number from 10 to 120'],
    ['issuer', 'https://auth.example/x', 'an origin such as https://auth.example.com'],
    ['listen', '8480', 'HOST:PORT'],
    ['listen', '127.0.0.1:65536', 'HOST:PORT'],
    ['listen', '::1:80', 'HOST:PORT'],
    ['trustedProxies', ['10.0.0.0/33'], 'an IP address or a network'],
    ['trustedProxies', ['proxy.example'], 'an IP address or a network'],
    ['trustedProxies', '10.0.0.1', 'a list'],
    ['loopbackPorts', [0], 'a whole number from 1 to 65535'],
    ['demo', 'yes', 'true or false'],
    ['log.level', 'loud', 'one of error, warn, info, debug'],
    ['tls.certFile', '', 'a text that is not empty'],
  ])('refuse %s = %j, naming the setting, its source and its rule', (path, value, rule) => {
    const [outer = '', inner] = path.split('.');
    const content = { [outer]: inner === undefined ? value : { [inner]: value } };
    expect(refusal(content)).toMatchObject({
      code: 'server_settings_invalid',
      message: expect.stringMatching(
        new RegExp(`${path.replace('.', '\\.')} in .*server\\.json must be .*${rule}`),
      ) as string,
    });
  });

  it.each([
    ['an unknown member', { issuers: 'x' }, {}, 'issuers in'],
    ['an unknown inner member', { tls: { cert: 'x' } }, {}, 'tls.cert in'],
    ['a name that every object has', { constructor: 'x' }, {}, 'constructor in'],
    ['an empty group', { foo: {} }, {}, 'foo in'],
    ['a member where a group is', { tls: 'x' }, {}, 'tls in'],
    ['an unknown variable', {}, { COUNTERSIGN_SERVER_ISUER: 'x' }, 'COUNTERSIGN_SERVER_ISUER in'],
  ])('refuse %s', (_, content, environment, where) => {
    expect(refusal(content, { environment })).toMatchObject({
      code: 'server_settings_unknown',
      message: expect.stringContaining(where) as string,
    });
  });

  it.each([
    ['{"issuer":', 'server_settings_malformed'],
    ['[]', 'server_settings_malformed'],
    ['{"demo":true,"demo":false}', 'server_settings_malformed'],
    [`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, 'server_settings_malformed'],
    [`"${'x'.repeat(300_000)}"`, 'server_settings_malformed'],
  ])('refuse a file that is not what it must be (%#)', (content, code) => {
    expect(refusal(content)).toMatchObject({ code });
  });

  it('refuse a wrong option, naming the setting and the command line', () => {
    expect(refusal({}, { options: { listen: 'here' } })).toMatchObject({
      code: 'server_settings_invalid',
      message: expect.stringMatching(
        /^The setting listen of the command line must be HOST/,
      ) as string,
    });
  });

  it('refuse a file that is named and not there', () => {
    const configFile = `${scratchDirectory()}/missing.json`;
    expect(() => loadServerSettings({ configFile, environment: {}, options: {} })).toThrow(
      expect.objectContaining({ code: 'server_settings_unreadable' }) as Error,
    );
  });

  it('name environment variables after their paths', () => {
    expect(environmentName('tls.certFile')).toBe('COUNTERSIGN_SERVER_TLS_CERT_FILE');
  });
});
