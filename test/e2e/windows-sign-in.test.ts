/** The main job with an agent on Windows: its personal store, its own check of who connects. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromiumComponent } from '../testkit/browser.ts';
import { programsComponent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { WindowsAgent } from '../testkit/windows/windows-agent.ts';
import { windowsComponents } from '../testkit/windows/windows-host.ts';
import { WindowsFixture } from '../testkit/windows/windows-provider.ts';
import { Stage } from './stage.ts';

describeWith(
  'a sign-in with an agent on Windows',
  [chromiumComponent, programsComponent, ...windowsComponents],
  ([executable = '']) => {
    let stage: Stage;
    let windows: WindowsFixture;
    let agent: WindowsAgent;

    beforeAll(async () => {
      // The browser is no Windows process, and the agent answers none but those of its own user: the
      // browser's connections go through one that is.
      stage = await Stage.open(executable, (_serverPort, [agentPort = 0]) => [
        `--host-resolver-rules=MAP 127.0.0.1:${agentPort} 127.0.0.2:${agentPort}, MAP localhost:${agentPort} 127.0.0.2:${agentPort}`,
      ]);
      windows = new WindowsFixture(stage.issuingCa);
      await windows.start();
      await windows.host.call('relay', stage.agentPort);
      const { origin } = stage.server;
      agent = await WindowsAgent.start(windows.host, {
        servers: [{ issuer: origin, origins: [origin] }],
        ports: [stage.agentPort],
        stores: [{ uri: 'windows:' }],
      });
    });
    afterAll(async () => {
      await agent.remove();
      await windows.stop();
      await stage.close();
    });

    // First, while the agent has not seen a certificate yet: it may sign by what it saw a moment ago.
    it('says that there is no certificate where the store is empty', async () => {
      expect(await stage.signIn()).toMatchObject({ code: 'device_no_certificate' });
    });

    it('says that the key is missing where its container is', async () => {
      await windows.add(stage.issuingCa.certificate.der, 'issuer');
      await windows.addCngIdentity('laptop', 'p256');
      windows.removeKey('laptop');
      expect(await stage.signIn()).toMatchObject({ code: 'device_key_missing' });
    });

    it.each([
      ['CryptoAPI', () => windows.addCapiIdentity('laptop')],
      [
        'a TPM',
        () =>
          windows.addCngIdentity('laptop', 'rsa2048', {
            provider: 'Microsoft Platform Crypto Provider',
            settings: { impl: '1', salt: '1' },
          }),
      ],
      ['CNG', () => windows.addCngIdentity('laptop', 'p256')],
    ] as const)('shows that a device with a key in %s is managed', async (_where, enrol) => {
      await windows.clear();
      await windows.add(stage.issuingCa.certificate.der, 'issuer');
      await enrol();
      const shown = await stage.signIn();
      expect(shown, agent.log).toMatchObject({ status: 'managed', code: 'device_managed' });
      expect(shown.subjects).toEqual([
        'CN=laptop,O=Test',
        'CN=Example Device CA,O=Test',
        'CN=Example Root CA,O=Test',
      ]);
      expect(await stage.page.textContent('#outcome')).toContain('not exportable');
    });

    it('does not answer a process that Windows does not know as this user’s', async () => {
      const origin = stage.server.origin;
      const response = await fetch(`http://127.0.0.1:${stage.agentPort}/probe`, {
        headers: { origin },
      });
      expect(response.status).toBe(503);
    });
  },
);
