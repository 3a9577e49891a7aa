/** Parts that are missing or break in the middle of a sign-in: what the page says, and how it goes on. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { agentErrors } from '../../src/agent/index.ts';
import { clientErrors } from '../../src/client/index.ts';
import { declineReasons } from '../../src/protocol/index.ts';
import { serverErrors } from '../../src/server/index.ts';
import { chromiumComponent, setLoopbackPermission, treatAsPublic } from '../testkit/browser.ts';
import { compilerComponent, FakeModule, type FakeBehaviour } from '../testkit/fake-module.ts';
import { programsComponent, TestServer, type TestAgent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { signIn } from './sign-in-page.ts';
import { Stage } from './stage.ts';

describeWith(
  'a sign-in with a part missing',
  [chromiumComponent, programsComponent],
  ([executable = '']) => {
    let stage: Stage;

    beforeAll(async () => {
      stage = await Stage.open(executable);
    });
    afterEach(async () => {
      await stage.page.unrouteAll();
      await stage.endTest();
    });
    afterAll(() => stage.close());

    it('says that the device has no agent, and what to do', async () => {
      const shown = await stage.signIn();
      expect(shown).toMatchObject({
        status: 'failed',
        code: 'agent_not_found',
        message: clientErrors.agent_not_found,
      });
      expect(await stage.page.textContent('#outcome')).toContain('countersign run');
    });

    it('goes on where the agent has been started meanwhile', async () => {
      await stage.signIn();
      await stage.startEnrolledAgent();
      expect(await signIn(stage.page)).toMatchObject({ status: 'managed' });
    });

    it('says that the server went away between challenge and proof, and goes on with it', async () => {
      await stage.startEnrolledAgent();
      const { page, server } = stage;
      // The agent knows the server's keys from before.
      await stage.signIn();
      await page.route('**/challenge', async (route) => {
        await server.stop();
        await route.continue();
      });
      await page.goto(server.page);
      const shown = await signIn(page);
      expect(shown).toMatchObject({
        status: 'failed',
        code: 'agent_refused',
        reasonCode: 'server_unreachable',
        reason: agentErrors.server_unreachable,
      });
      await page.unrouteAll();
      await server.restart();
      expect(await signIn(page)).toMatchObject({ status: 'managed' });
    });

    it('says that the server is away before there is a challenge', async () => {
      const { page, server } = stage;
      await page.goto(server.page);
      await server.stop();
      expect(await signIn(page)).toMatchObject({
        status: 'failed',
        code: 'server_unreachable',
        message: clientErrors.server_unreachable,
      });
      await server.restart();
    });

    it('says that the server has no certificate authority yet', async () => {
      const empty = await TestServer.start({ authorities: [], loopbackPorts: [stage.agentPort] });
      await stage.page.goto(empty.page);
      const shown = await signIn(stage.page);
      await empty.remove();
      expect(shown).toMatchObject({
        status: 'failed',
        code: 'server_refused',
        reasonCode: 'trust_not_configured',
        reason: serverErrors.trust_not_configured,
      });
    });
  },
);

describeWith(
  'a sign-in from a page with a public address',
  [chromiumComponent, programsComponent],
  ([executable = '']) => {
    let stage: Stage;

    beforeAll(async () => {
      stage = await Stage.open(executable, (port) => [treatAsPublic(port)]);
    });
    afterEach(() => stage.endTest());
    afterAll(() => stage.close());

    it('says that the browser blocks it, and what to do', async () => {
      await stage.startEnrolledAgent();
      await setLoopbackPermission(stage.page.context(), stage.server.origin, 'denied');
      const shown = await stage.signIn();
      expect(shown).toMatchObject({
        status: 'failed',
        code: 'agent_blocked',
        message: clientErrors.agent_blocked,
      });
      expect(await stage.page.textContent('#outcome')).toContain('Apps on device');
    });

    it('is managed once the person has allowed it', async () => {
      await stage.startEnrolledAgent();
      await setLoopbackPermission(stage.page.context(), stage.server.origin, 'granted');
      expect(await stage.signIn()).toMatchObject({ status: 'managed' });
    });
  },
);

describeWith(
  'a sign-in with a PKCS#11 module that misbehaves',
  [chromiumComponent, programsComponent, compilerComponent],
  ([executable = '']) => {
    let stage: Stage;
    let module: FakeModule;

    beforeAll(async () => {
      stage = await Stage.open(executable);
      const certificate = stage.root.issue({ commonName: 'fake', keyType: 'rsa2048' });
      module = new FakeModule({}, certificate);
    });
    afterEach(() => stage.endTest());
    afterAll(async () => {
      await stage.close();
      module.dispose();
    });

    async function startAgent(behaviour: FakeBehaviour): Promise<TestAgent> {
      module.behave(behaviour);
      return stage.startAgent({ stores: [{ uri: module.uri, pinFile: module.pinFile }] });
    }

    it('is lost where the module crashes in C_Sign, and that one alone', async () => {
      const agent = await startAgent({ sign_crash: 1 });
      const before = agent.processId;
      const shown = await stage.signIn();
      expect(shown).toMatchObject({
        status: 'refused',
        code: 'device_signing_failed',
        message: declineReasons.device_signing_failed,
      });
      module.behave({});
      expect(await stage.signIn()).toMatchObject({ status: 'managed' });
      expect(agent.processId).toBe(before);
    });

    it('is refused with a wrong PIN, which the module is asked for once', async () => {
      await startAgent({});
      module.setPin('0000');
      const before = module.count('C_Login');
      for (const attempt of [1, 2, 3]) {
        const shown = await stage.signIn();
        expect(shown, `attempt ${attempt}`).toMatchObject({
          status: 'refused',
          code: 'device_pin_rejected',
          message: declineReasons.device_pin_rejected,
        });
      }
      expect(module.count('C_Login') - before).toBe(1);
      module.setPin('1234');
      expect(await stage.signIn()).toMatchObject({ status: 'managed' });
    });

    it('leaves the agent able to answer probes while the module sleeps in C_Sign', async () => {
      await startAgent({ sign_sleep_ms: 1500 });
      let signedIn = false;
      const signingIn = stage.signIn().finally(() => (signedIn = true));
      await stage.page.locator('[data-step="delivery"][data-state="active"]').waitFor();
      const probe = await fetch(`http://127.0.0.1:${stage.agentPort}/probe`, {
        headers: { origin: stage.server.origin },
      });
      expect(probe.status).toBe(200);
      expect(signedIn).toBe(false);
      expect(await signingIn).toMatchObject({ status: 'managed' });
    });
  },
);
