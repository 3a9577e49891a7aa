import { expect, it } from 'vitest';
import { browserAccess } from '../../../src/agent/browser-policies.ts';

const origin = 'https://login.example.com';

it.each([
  ['allowed', [{ LoopbackNetworkAllowedForUrls: [origin] }]],
  ['allowed', [{ LocalNetworkAccessAllowedForUrls: [`${origin}/`] }]],
  ['allowed', [{}, { LoopbackNetworkAllowedForUrls: ['*'] }]],
  ['asks', [{}]],
  ['asks', [{ LoopbackNetworkAllowedForUrls: ['https://login.example.com.evil.example'] }]],
  ['asks', [{ LoopbackNetworkAllowedForUrls: { [origin]: true } }]],
  ['asks', [{ LoopbackNetworkAllowedForUrls: [7, null] }]],
  ['allowed', [{ LoopbackNetworkAllowedForUrls: { 1: 'https://a.example', 2: origin } }]],
  ['asks', [{ LoopbackNetworkAllowedForUrls: { named: origin } }]],
  [
    'blocked',
    [{ LoopbackNetworkAllowedForUrls: [origin] }, { LoopbackNetworkBlockedForUrls: [origin] }],
  ],
  [
    'blocked',
    [{ LocalNetworkAccessBlockedForUrls: ['*'], LoopbackNetworkAllowedForUrls: [origin] }],
  ],
] as const)('says %s of the policies %j', (access, files) => {
  const found = browserAccess(
    files.map((values) => ({ browser: 'Chrome', values })),
    [origin],
  );
  expect(found).toEqual([{ browser: 'Chrome', origin, access }]);
});

it('tells browsers apart, and says nothing of one without policies', () => {
  const files = [
    { browser: 'Chrome', values: { LoopbackNetworkAllowedForUrls: [origin] } },
    { browser: 'Edge', values: {} },
  ] as const;
  expect(browserAccess(files, [origin]).map(({ access }) => access)).toEqual(['allowed', 'asks']);
  expect(browserAccess([], [origin])).toEqual([]);
});

it.each([
  ['asks', {}],
  ['asks', { LocalNetworkAccess: { Enabled: true } }],
  ['asks', { LocalNetworkAccess: { EnablePrompting: false } }],
  ['asks', { LocalNetworkAccess: { SkipDomains: ['example.com', '*.login.example.com'] } }],
  ['asks', { LocalNetworkAccess: { SkipDomains: [origin] } }],
  ['allowed', { LocalNetworkAccess: { Enabled: false } }],
  ['allowed', { LocalNetworkAccess: { Enabled: 0 } }],
  ['allowed', { LocalNetworkAccess: { Enabled: 1, EnablePrompting: 0 } }],
  ['allowed', { LocalNetworkAccess: { Enabled: true, SkipDomains: ['login.example.com'] } }],
  ['allowed', { LocalNetworkAccess: { SkipDomains: { 1: '*.example.com' } } }],
] as const)('says %s of Firefox with %j', (access, values) => {
  expect(browserAccess([{ browser: 'Firefox', values }], [origin])).toEqual([
    { browser: 'Firefox', origin, access },
  ]);
});
