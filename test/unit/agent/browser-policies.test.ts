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
  ];
  expect(browserAccess(files, [origin]).map(({ access }) => access)).toEqual(['allowed', 'asks']);
  expect(browserAccess([], [origin])).toEqual([]);
});
