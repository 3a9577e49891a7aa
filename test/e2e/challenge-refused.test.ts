/** Pages and challenges that the agent refuses: what goes over the wire, and what the page shows. */
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { agentErrors, type AgentErrorCode } from '../../src/agent/index.ts';
import type { TransactionStart } from '../../src/protocol/index.ts';
import { clientErrors } from '../../src/client/index.ts';
import { chromiumComponent } from '../testkit/browser.ts';
import { programsComponent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { signIn, type ShownOutcome } from './sign-in-page.ts';
import { Stage } from './stage.ts';

function expectRefusal(shown: ShownOutcome, reasonCode: AgentErrorCode): void {
  expect(shown).toMatchObject({
    status: 'failed',
    code: 'agent_refused',
    message: clientErrors.agent_refused,
    reasonCode,
    reason: agentErrors[reasonCode],
  });
}

/** Changes one claim of a JWS and leaves its signature. */
function tamper(jws: string, claims: Readonly<Record<string, unknown>>): string {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const given = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...given, ...claims })).toString('base64url');
  return [header, changed, signature].join('.');
}

describeWith(
  'a challenge that the agent does not answer',
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

    /** Signs in while the answer to the page's request for a challenge is changed on its way. */
    async function signInWithChanged(
      change: (start: TransactionStart) => Partial<TransactionStart>,
    ): Promise<ShownOutcome> {
      await stage.page.route('**/v1/challenges', async (route: Route) => {
        const response = await route.fetch();
        const start = (await response.json()) as TransactionStart;
        await route.fulfill({ response, json: { ...start, ...change(start) } });
      });
      return stage.signIn();
    }

    /** Claims to be set in the challenge. */
    function signInWithClaims(claims: Readonly<Record<string, unknown>>): Promise<ShownOutcome> {
      return signInWithChanged(({ challengeRequest }) => ({
        challengeRequest: tamper(challengeRequest, claims),
      }));
    }

    it('is one whose nonce was changed', async () => {
      await stage.startEnrolledAgent();
      const shown = await signInWithClaims({ nonce: Buffer.alloc(32).toString('base64url') });
      expectRefusal(shown, 'challenge_signature_invalid');
    });

    it('is one whose origins were changed', async () => {
      await stage.startEnrolledAgent();
      const origins = [stage.server.origin, 'https://phishing.example'];
      expectRefusal(await signInWithClaims({ origins }), 'challenge_signature_invalid');
    });

    it('is one whose proof would go elsewhere', async () => {
      await stage.startEnrolledAgent();
      const shown = await signInWithClaims({ response_uri: 'https://thief.example/v1/proofs' });
      expect(shown).toMatchObject({ code: 'agent_refused', reasonCode: 'claim_value_invalid' });
    });

    it('is one that is no JWS at all', async () => {
      await stage.startEnrolledAgent();
      const shown = await signInWithChanged(() => ({ challengeRequest: 'junk' }));
      expect(shown).toMatchObject({ code: 'agent_refused', reasonCode: 'jws_malformed' });
    });

    it('is one of a server that the settings do not name', async () => {
      const other = { issuer: 'https://trust.example', origins: [stage.server.origin] };
      await stage.startAgent({ servers: [other] });
      expectRefusal(await stage.signIn(), 'issuer_untrusted');
    });

    it('is one of a server that the settings name for other pages', async () => {
      const { origin } = stage.server;
      await stage.startAgent({
        servers: [
          { issuer: 'https://trust.example', origins: [origin] },
          { issuer: origin, origins: ['https://login.example'] },
        ],
      });
      expectRefusal(await stage.signIn(), 'challenge_origin_refused');
    });

    it('is one that has been answered before', async () => {
      await stage.startEnrolledAgent();
      let first: string | undefined;
      const replay = ({ challengeRequest }: TransactionStart): Partial<TransactionStart> => ({
        challengeRequest: (first ??= challengeRequest),
      });
      expect(await signInWithChanged(replay)).toMatchObject({ status: 'managed' });
      await stage.page.unrouteAll();
      expectRefusal(await signInWithChanged(replay), 'challenge_already_answered');
    });
  },
);

/** A web site of somebody else. */
async function startSite(script: string): Promise<{ server: Server; port: number }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<title>A foreign page</title><script src="${script}"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

interface FetchedAnswer {
  readonly status: number;
  readonly body: string;
}

/** A fetch of a page's own; undefined where the page may not read the answer. */
function fetchFrom(
  page: Page,
  url: string,
  init: { method: string; body?: string } = { method: 'GET' },
): Promise<FetchedAnswer | undefined> {
  return page.evaluate(
    async ([target, options]) => {
      try {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(target, { ...options, headers });
        return { status: response.status, body: await response.text() };
      } catch {
        return undefined;
      }
    },
    [url, init] as const,
  );
}

/** One HTTP/1.1 request as raw text. */
function sendRaw(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(answer);
    });
    socket.write([...lines, 'Connection: close', '', ''].join('\r\n'));
  });
}

describeWith(
  'a page that has no business with the agent',
  [chromiumComponent, programsComponent],
  ([executable = '']) => {
    let stage: Stage;
    let site: { server: Server; port: number };

    beforeAll(async () => {
      stage = await Stage.open(executable, () => [
        // evil.example points at this machine, as a name under DNS rebinding does,
        '--host-resolver-rules=MAP evil.example 127.0.0.1',
        // and no rule of the browser stands before our own.
        '--disable-features=LocalNetworkAccessChecks',
      ]);
      site = await startSite(`${stage.server.origin}/client/countersign.js`);
      await stage.startEnrolledAgent();
    });
    afterAll(async () => {
      site.server.close();
      await stage.endTest();
      await stage.close();
    });

    const challengeOf = async (): Promise<TransactionStart> => {
      const { origin } = stage.server;
      const response = await fetch(`${origin}/v1/challenges`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: '{}',
      });
      return (await response.json()) as TransactionStart;
    };

    it('cannot start a sign-in at the server', async () => {
      const origin = `http://127.0.0.1:${site.port}`;
      await stage.page.goto(origin);
      const outcome = await stage.page.evaluate(
        (server) => globalThis.countersign.signIn({ server }),
        stage.server.origin,
      );
      // The server's answer names no foreign origin, so that the page may not even read it.
      expect(outcome).toMatchObject({ step: 'challenge', code: 'server_unreachable' });
      const answer = await fetch(`${stage.server.origin}/v1/challenges`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: '{}',
      });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(await answer.json()).toMatchObject({ code: 'origin_not_allowed' });
    });

    it('finds no agent, though it has a challenge', async () => {
      const start = await challengeOf();
      await stage.page.goto(`http://127.0.0.1:${site.port}`);
      const outcome = await stage.page.evaluate(
        ([server, given]) => globalThis.countersign.signIn({ server, start: given }),
        [stage.server.origin, start] as const,
      );
      expect(outcome).toMatchObject({ step: 'agent', code: 'agent_not_found' });
    });

    it.each(['GET /probe', 'POST /challenge', 'OPTIONS /challenge'])(
      'gets nothing but 403 for %s, without a word',
      async (request) => {
        const answer = await sendRaw(stage.agentPort, [
          `${request} HTTP/1.1`,
          `Host: 127.0.0.1:${stage.agentPort}`,
          'Origin: https://evil.example',
        ]);
        expect(answer).toMatch(/^HTTP\/1\.1 403 /);
        expect(answer).not.toMatch(/access-control-allow-origin/i);
        expect(answer).toMatch(/\r\n\r\n(0\r\n\r\n)?$/);
      },
    );

    it.each(['GET /probe', 'POST /challenge'])(
      'gets nothing but 403 for %s to a foreign host name',
      async (request) => {
        const answer = await sendRaw(stage.agentPort, [
          `${request} HTTP/1.1`,
          `Host: evil.example:${stage.agentPort}`,
          `Origin: ${stage.server.origin}`,
        ]);
        expect(answer).toMatch(/^HTTP\/1\.1 403 /);
        expect(answer).toMatch(/\r\n\r\n(0\r\n\r\n)?$/);
      },
    );

    /** Opens a page of evil.example on a port, and then has the name mean this machine. */
    async function openRebound(port: number): Promise<Page> {
      const { page } = stage;
      const url = `http://evil.example:${port}/`;
      await page.route(url, (route) =>
        route.fulfill({ contentType: 'text/html', body: 'rebound' }),
      );
      await page.goto(url);
      await page.unrouteAll();
      return page;
    }

    it('cannot reach the agent under a name that was rebound to this machine', async () => {
      const { challengeRequest } = await challengeOf();
      const page = await openRebound(stage.agentPort);
      // The agent is this page's own origin now: no CORS stands in its way.
      const body = JSON.stringify({ challengeRequest });
      const refused = { status: 403, body: '' };
      expect(await fetchFrom(page, '/probe')).toEqual(refused);
      expect(await fetchFrom(page, '/challenge', { method: 'POST', body })).toEqual(refused);
    });

    it('cannot reach the server under a name that was rebound to it', async () => {
      const page = await openRebound(stage.server.port);
      const answer = await fetchFrom(page, '/v1/challenges', { method: 'POST', body: '{}' });
      expect(answer?.status).toBe(421);
      expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'host_not_allowed' });
    });

    it('has not disturbed the agent', async () => {
      await stage.page.goto(stage.server.page);
      expect(await signIn(stage.page)).toMatchObject({ status: 'managed' });
      expect(stage.agent.audit.filter(({ outcome }) => outcome === 'managed')).toHaveLength(1);
    });
  },
);
