/** Parts that are missing or break in the middle of a sign-in: what the page says, and how it goes on. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { agentErrors } from '../../src/agent/index.ts';
import { clientErrors } from '../../src/client/index.ts';
import { serverErrors } from '../../src/server/index.ts';
import { chromiumComponent } from '../testkit/browser.ts';
import { programsComponent, TestServer } from '../testkit/programs.ts';
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
