/** What doctor reads of browsers' policies out of the registry of Windows, or Wine's. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserAccess } from '../../../src/agent/browser-policies.ts';
import {
  readBrowserPolicies,
  type ReadSystemPolicy,
} from '../../../src/cli/agent/browser-policies.ts';
import { makeScratchDirectory } from '../../testkit/scratch-directory.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { onWindows, WindowsHost, windowsComponents } from '../../testkit/windows/windows-host.ts';

const origin = 'https://login.example.com';

describeWith('policies of browsers in the registry', windowsComponents, () => {
  let windows: WindowsHost;

  beforeAll(async () => {
    windows = await WindowsHost.start(makeScratchDirectory());
  });
  afterAll(() => windows.stop());

  const read: ReadSystemPolicy = async (domain, keys) =>
    (await windows.call('readManagedPolicy', [domain, keys])) as Awaited<
      ReturnType<ReadSystemPolicy>
    >;
  const set = (key: string, name: string, value: string | number): Promise<unknown> =>
    windows.call('setPolicy', [`Software\\Policies\\${key}`, name, value]);

  // A developer's own Windows has policies of its own.
  it.skipIf(onWindows)(
    'are found for each browser, in the forms that the registry has',
    async () => {
      expect(await readBrowserPolicies('win32', '/', read)).toEqual([]);
      await set('Google\\Chrome\\LoopbackNetworkAllowedForUrls', '1', origin);
      await set('Microsoft\\Edge\\LoopbackNetworkBlockedForUrls', '1', '*');
      await set('Mozilla\\Firefox\\LocalNetworkAccess', 'Enabled', 1);
      await set('Mozilla\\Firefox\\LocalNetworkAccess\\SkipDomains', '1', 'login.example.com');
      const found = browserAccess(await readBrowserPolicies('win32', '/', read), [origin]);
      expect(found).toEqual([
        { browser: 'Chrome', origin, access: 'allowed' },
        { browser: 'Edge', origin, access: 'blocked' },
        { browser: 'Firefox', origin, access: 'allowed' },
      ]);
    },
  );
});
