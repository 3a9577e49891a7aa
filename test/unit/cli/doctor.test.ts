import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBrowserPolicies } from '../../../src/cli/agent/browser-policies.ts';
import { redact } from '../../../src/cli/agent/doctor.ts';
import { findingsOf, type Observations } from '../../../src/cli/agent/doctor-findings.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { storedIdentity, storedWithoutKey } from '../../testkit/stored-certificate.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const issuer = 'https://id.example.com';
const ca = TestCa.root({ commonName: 'Root' });
const device = storedIdentity(ca.issue());
const keyless = storedWithoutKey(ca.issue(), 'key_not_found');
const ready = {
  issuer,
  outcome: 'ready',
  code: 'identity_chosen',
  message: 'A certificate would answer.',
  clockAheadSeconds: 0,
  selection: { chosen: { identity: device, algorithm: 'ES256' }, rejected: [] },
} as const;
const service = {
  installed: true,
  current: true,
  enabled: true,
  known: true,
  files: ['/unit'],
  manager: 'active',
} as const;
const healthy: Observations = {
  versions: 'countersign 1',
  settingsSources: '/etc/countersign/agent.json',
  settingsProblems: [],
  agent: {
    version: '1',
    processId: 7,
    startedAt: '2026-03-01T12:00:00.000Z',
    port: 21861,
    addresses: ['127.0.0.1'],
    settingsSource: '/etc/countersign/agent.json',
    settingsProblems: [],
    servers: [issuer],
    stores: [],
    challenges: { managed: 0, refused: 0, declined: 0, failed: 0 },
  },
  agentFailure: undefined,
  ports: [{ port: 21861, holder: 'by countersign, process 7' }],
  sweep: { certificates: [device], problems: [] },
  checks: [ready],
  browsers: [],
  services: [{ scope: 'user', ...service }],
  installedVersion: '1',
  now: new Date(device.certificate.notAfter.getTime() - 15 * 86_400_000),
};
const worse = (changes: Partial<Observations>) =>
  findingsOf({ ...healthy, ...changes }).filter(({ level }) => level !== 'ok');

describe('findingsOf', () => {
  it('finds nothing wrong where nothing is', () => {
    expect(worse({})).toEqual([]);
  });

  it('names each thing that is wrong and says what to do', () => {
    const problem = { code: 'settings_member_invalid', source: '/f', message: 'It is wrong.' };
    expect(worse({ settingsProblems: [problem] })).toMatchObject([
      { area: 'settings', level: 'warning', what: 'It is wrong. [settings_member_invalid]' },
    ]);
    const missing = { ...problem, code: 'settings_missing' };
    expect(worse({ settingsProblems: [missing] })[0]?.level).toBe('problem');
    const failed = { location: 'pkcs11:', code: 'store_crashed', message: 'It crashed.' } as const;
    expect(worse({ sweep: { certificates: [device], problems: [failed] } })).toMatchObject([
      { area: 'store', level: 'warning', what: 'pkcs11:: It crashed. [store_crashed]' },
    ]);
    expect(worse({ sweep: { certificates: [], problems: [] } })).toMatchObject([
      { area: 'store', level: 'problem' },
    ]);
    const browsers = [
      { browser: 'Chrome', origin: 'https://a', access: 'blocked' },
      { browser: 'Edge', origin: 'https://a', access: 'asks' },
      { browser: 'Chromium', origin: 'https://a', access: 'allowed' },
    ] as const;
    expect(worse({ browsers }).map(({ level }) => level)).toEqual(['problem', 'warning']);
  });

  it('tells an agent that is not running from one whose ports are taken', () => {
    const [free] = worse({ agent: undefined, ports: [{ port: 1, holder: undefined }] });
    expect(free).toMatchObject({ area: 'agent', level: 'problem' });
    expect(free?.remedy).toContain('service start');
    const taken = worse({ agent: undefined });
    expect(taken[0]?.remedy).toContain('End what holds');
    expect(taken[1]?.what).toBe('port 21861 is taken by countersign, process 7');
  });

  it('tells an agent that is stuck from one that is not running', () => {
    const agentFailure = 'The agent’s control socket /s cannot be used (it does not answer).';
    const [stuck, ...others] = worse({ agent: undefined, agentFailure });
    expect(stuck).toMatchObject({ area: 'agent', level: 'problem', what: agentFailure });
    expect(stuck?.remedy).toContain('service stop');
    expect(others).toEqual([]);
  });

  it('says of a server that would refuse the device why, certificate by certificate', () => {
    const code = 'device_key_missing';
    const rejected = [{ certificate: keyless, code, message: 'No key.' }] as const;
    const check = {
      ...ready,
      outcome: 'no_answer',
      code,
      message: 'No key is there.',
      selection: { chosen: undefined, rejected },
    } as const;
    const [server, certificate] = worse({ checks: [check] });
    expect(server).toMatchObject({
      level: 'problem',
      what: `${issuer}: would be refused: No key is there. [device_key_missing]`,
    });
    expect(certificate).toMatchObject({ area: 'certificate', level: 'warning' });
    expect(certificate?.what).toContain(`not for ${issuer}: No key. [device_key_missing]`);
  });

  it('warns two weeks before the certificate that would answer ends', () => {
    const now = new Date(device.certificate.notAfter.getTime() - 14 * 86_400_000);
    const [finding, ...others] = worse({ now });
    expect(finding).toMatchObject({ area: 'certificate', level: 'warning' });
    expect(finding?.what).toContain(device.certificate.notAfter.toISOString());
    expect(others).toEqual([]);
  });

  it.each([
    [31, 'is 31 s ahead of'],
    [-31, 'is 31 s behind'],
  ])('warns of a clock that is %i s off', (clockAheadSeconds, text) => {
    const [finding] = worse({ checks: [{ ...ready, clockAheadSeconds }] });
    expect(finding).toMatchObject({ area: 'server', level: 'warning' });
    expect(finding?.what).toContain(text);
    expect(worse({ checks: [{ ...ready, clockAheadSeconds: 30 }] })).toEqual([]);
  });
});

describe('findingsOf services', () => {
  const found = (...services: Observations['services']) =>
    worse({ services }).map(({ what }) => what);

  it('says where nothing starts the agent', () => {
    expect(found({ scope: 'user', ...service, installed: false })).toEqual([
      'not installed: nothing starts the agent at sign-in',
    ]);
    expect(found()).toEqual([]);
  });

  it('says of each that is installed what is wrong with it', () => {
    expect(
      found(
        { scope: 'user', ...service, current: false },
        { scope: 'all-users', ...service, enabled: false },
        { scope: 'machine', ...service, known: false, manager: 'failed' },
      ),
    ).toEqual([
      'installed for this user, active; its description is another version’s or program’s',
      'installed for all users, active; it does not start by itself',
      'installed for the machine, failed; it is not running',
    ]);
  });

  it('says that an older program is still running', () => {
    expect(worse({ installedVersion: '2' })).toMatchObject([
      { area: 'agent', level: 'warning', what: 'version 1 is running, 2 is installed' },
    ]);
  });
});

describe('readBrowserPolicies', () => {
  it('reads what is an object, of each browser, and passes over all else', async () => {
    const root = scratchDirectory();
    const put = (name: string, text: string): void => {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), text);
    };
    put('etc/opt/chrome/policies/managed/a.json', '{"A":1}');
    put('etc/opt/edge/policies/managed/b.json', '{"B":2}');
    put('etc/opt/edge/policies/managed/junk.json', 'junk');
    put('etc/opt/edge/policies/managed/list.json', '[]');
    put('etc/opt/edge/policies/managed/c.txt', '{"C":3}');
    put('etc/firefox/policies/policies.json', '{"policies":{"D":4},"other":{}}');
    expect(await readBrowserPolicies('linux', root)).toEqual([
      { browser: 'Chrome', values: { A: 1 } },
      { browser: 'Edge', values: { B: 2 } },
      { browser: 'Firefox', values: { D: 4 } },
    ]);
    expect(await readBrowserPolicies('linux', path.join(root, 'none'))).toEqual([]);
  });

  it.each([
    ['win32', 'Microsoft\\Edge', 'Mozilla\\Firefox'],
    ['darwin', 'com.microsoft.Edge', 'org.mozilla.firefox'],
  ] as const)('asks %s, and passes over a browser that cannot be asked for', async (...names) => {
    const [platform, edge, firefox] = names;
    const values = { LoopbackNetworkAllowedForUrls: { 1: 'https://login.example.com' } };
    const found = await readBrowserPolicies(platform, '/', (place) => {
      if (place === edge) return Promise.resolve([{ name: place, values }]);
      return place === firefox ? Promise.reject(new Error('binary')) : Promise.resolve([]);
    });
    expect(found).toEqual([{ browser: 'Edge', values }]);
  });
});

describe('redact', () => {
  it('takes out the user’s directory and the device’s name, and no part of another word', () => {
    const text = JSON.stringify({ a: '/home/ann/keys', b: 'pc1 pc12 my-pc1', c: 'C:\\Users\\ann' });
    expect(redact(text, '/home/ann', 'pc1')).toBe(
      JSON.stringify({ a: '~/keys', b: '<host> pc12 my-pc1', c: 'C:\\Users\\ann' }),
    );
    expect(redact(text, 'C:\\Users\\ann', '')).toContain('"c":"~"');
    expect(redact(text, '/', '')).toBe(text);
    const unit = { services: [{ files: ['/home/ann/.config/systemd/user/countersign.service'] }] };
    expect(redact(JSON.stringify(unit), '/home/ann', 'pc1')).toContain('"~/.config/');
  });
});
