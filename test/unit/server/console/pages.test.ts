/** What certificates, agents and people say of themselves stands in pages as text, wherever it stands. */
import { describe, expect, it } from 'vitest';
import type { VerificationResult } from '../../../../src/protocol/index.ts';
import type { Device, DeviceAlarm } from '../../../../src/server/storage/index.ts';
import { renderPage, type ConsolePage } from '../../../../src/server/console/markup/index.ts';
import { administratorsPage } from '../../../../src/server/console/pages/administrators.ts';
import { alarmsPage } from '../../../../src/server/console/pages/alarms.ts';
import { auditLogPage } from '../../../../src/server/console/pages/audit-log.ts';
import { shortName } from '../../../../src/server/console/pages/labels.ts';
import { devicePage } from '../../../../src/server/console/pages/device.ts';
import { devicesPage } from '../../../../src/server/console/pages/devices.ts';
import { revocationPage } from '../../../../src/server/console/pages/revocation.ts';
import { signInPage, signInsPage } from '../../../../src/server/console/pages/sign-ins.ts';

const hostile = `<script>alert("x")</script>' onclick='y`;
const now = new Date('2026-03-01T12:00:00Z');
const viewer = { name: hostile, role: 'admin', csrfToken: 'token', recent: true } as const;

const claims = {
  ...{ platform: hostile, osVersion: hostile, hostname: hostile, serial: hostile },
  ...{ agentVersion: hostile, agentInstance: hostile, keyStore: hostile, keyProtection: hostile },
};
const device: Device = {
  ...{ ...claims, id: hostile, state: 'active', certificate: 'aa', openAlarms: 1 },
  ...{ firstSeenAt: now, lastSeenAt: now, formerInstances: [] },
};
const certificate = {
  ...{ subject: hostile, issuer: hostile, serialNumber: 'ab', sha256: 'cd', publicKey: hostile },
  ...{ notBefore: now.toISOString(), notAfter: now.toISOString() },
};
const alarm: DeviceAlarm = {
  ...{ id: hostile, device: hostile, kind: 'clone', at: now, message: hostile, claims },
};
const result: VerificationResult = {
  ...{ managed: false, code: hostile, message: hostile, transaction: hostile },
  decidedAt: now.toISOString(),
  checks: [{ check: 'path', outcome: 'failed', message: hostile }],
  path: [certificate],
  refusedPaths: [
    { certificates: [certificate], code: hostile, rule: hostile, at: 0, message: hostile },
  ],
  device: {
    ...{ platform: hostile, osVersion: hostile, hostname: hostile, agentVersion: hostile },
    key: { store: hostile, protection: hostile },
  },
  decision: {
    ...{ outcome: 'allow', code: hostile, message: hostile },
    policy: { id: hostile, name: hostile },
    rule: { index: 0, name: hostile },
  },
};
const signIn = { origin: hostile, result, application: hostile, device: hostile, user: hostile };
const one = <Item>(item: Item) => ({ items: [item], next: hostile });
const counts = { total: 1, deactivated: 0, openAlarms: 1, byPlatform: {} };

const pages: readonly (readonly [string, ConsolePage])[] = [
  [
    'devices',
    devicesPage(
      one(device),
      {
        ...{ text: hostile, platform: hostile, state: '', alarmed: '', expiring: '' },
        authority: hostile,
      },
      hostile,
      counts,
      [],
      now,
    ),
  ],
  [
    'one device',
    devicePage(
      {
        device,
        certificates: [
          {
            ...{ ...certificate, device: hostile, publicKeySha256: 'ef', authority: hostile },
            ...{ notBefore: now, notAfter: now, firstSeenAt: now, lastSeenAt: now },
          },
        ],
        alarms: [alarm, { ...alarm, acknowledgedAt: now, acknowledgedBy: hostile }],
        signIns: [signIn],
        applications: new Map([[hostile, hostile]]),
      },
      viewer,
      now,
    ),
  ],
  [
    'alarms',
    alarmsPage(one(alarm), new Map([[hostile, hostile]]), { show: 'all' }, hostile, viewer, now),
  ],
  [
    'sign-ins',
    signInsPage(
      one(signIn),
      {
        ...{ outcome: '', code: hostile, application: hostile, device: hostile, user: hostile },
        ...{ from: hostile, to: hostile },
      },
      hostile,
      [],
      () => `/x?${hostile}`,
    ),
  ],
  ['one sign-in', signInPage(signIn, hostile)],
  [
    'revocation lists',
    revocationPage(
      {
        crls: [
          {
            ...{ source: `http://${hostile}`, issuer: hostile, crlNumber: hostile, delta: true },
            ...{ entries: 1, thisUpdate: now, nextUpdate: now, confirmedAt: now, size: 1 },
          },
        ],
        problems: [{ source: hostile, message: hostile }],
        fault: hostile,
        maxBytes: 1,
      },
      viewer,
      now,
    ),
  ],
  [
    'administrators',
    administratorsPage(
      [
        {
          ...{ id: hostile, name: hostile, role: 'admin', hasPassword: true, passkeys: [] },
          ...{ federation: undefined, disabled: false, lockedUntil: undefined },
          ...{ createdAt: now, version: 1 },
        },
      ],
      viewer,
      now,
    ),
  ],
  [
    'the audit log',
    auditLogPage(
      one({
        ...{ at: now, actor: hostile, via: hostile, address: hostile, action: hostile },
        ...{ target: hostile, before: { [hostile]: hostile }, after: hostile },
        ...{ sequence: 1, previous: 'aa', hash: 'bb' },
      }),
      { actor: hostile, action: hostile, target: hostile },
      hostile,
      '/export',
      { entries: 1, problem: { sequence: 1, kind: 'gap', message: hostile } },
    ),
  ],
];

describe.each(pages)('the page of %s', (_title, page) => {
  const text = renderPage(page, viewer, { tone: 'bad', text: hostile }).toString();

  it('shows what others wrote as text', () => {
    expect(text).toContain('&lt;script&gt;alert(&quot;x&quot;)');
    expect(text).not.toContain('<script>');
    expect(text).not.toContain(`' onclick`);
  });

  it('leads nowhere but to this server', () => {
    const targets = Array.from(
      text.matchAll(/(?:href|src|action)="([^"]*)"/g),
      ([, to]) => to ?? '',
    );
    expect(targets.filter((to) => !/^(\/(?!\/)|#main$)/.test(to))).toEqual([]);
  });
});

describe('a short name', () => {
  it.each([
    ['CN=laptop,O=Test', 'laptop'],
    ['O=Test,CN=a\\, b', 'a, b'],
    ['OU=x+CN=y,O=z', 'y'],
    ['O=Test', 'O=Test'],
    ['CN=,O=Test', 'CN=,O=Test'],
    ['', ''],
  ])('of %s is %s', (subject, name) => {
    expect(shortName(subject)).toBe(name);
  });
});
