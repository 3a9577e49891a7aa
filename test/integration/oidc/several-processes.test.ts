/** A sign-in through OpenID Connect between two real processes on one PostgreSQL, behind one name. */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TransactionStart } from '../../../src/protocol/index.ts';
import { PostgresqlServer, postgresqlComponent } from '../../testkit/postgresql.ts';
import { programsComponent, TestServer } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';

const issuer = 'https://auth.example';
const redirectUri = 'https://app.example/callback';
const json = { 'content-type': 'application/json' };

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
}

/** What one browser, agent or client asks of either process. */
class Caller {
  readonly #cookies = new Map<string, string>();

  ask(
    { port }: TestServer,
    method: string,
    address: string,
    { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join('; ');
    const page = cookie === '' ? {} : { origin: issuer, cookie };
    const always = { host: 'auth.example', ...page };
    const { pathname, search } = new URL(address, issuer);
    const options = { port, method, path: pathname + search, headers: { ...always, ...headers } };
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', agent: false, ...options }, (response) => {
        for (const set of response.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
          this.#cookies.set(name, value);
        }
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject).on('end', () => {
          const { statusCode: status = 0, headers: given } = response;
          resolve({ status, text, location: given.location });
        });
      });
      sent.on('error', reject).end(body);
    });
  }
}

describeWith(
  'OpenID Connect over several processes',
  [programsComponent, postgresqlComponent],
  () => {
    const root = TestCa.root();
    const issuing = root.issueCa();
    const device = new TestDevice(issuing.issue(), issuing);
    let database: PostgresqlServer;
    let first: TestServer;
    let second: TestServer;

    beforeAll(async () => {
      database = await PostgresqlServer.start();
      const settings = { issuer, storage: { url: await database.createDatabase() } };
      const options = { loopbackPorts: [21861], settings };
      first = await TestServer.start({ ...options, authorities: [root.certificate.pem] });
      second = await TestServer.start({ ...options, authorities: [] });
    });
    afterAll(async () => {
      await first.remove();
      await second.remove();
      await database.remove();
    });

    /** Registers a client by the admin API. */
    async function register(): Promise<{ id: string; secret: string }> {
      const token = readFileSync(path.join(first.dataDirectory, 'admin-token'), 'utf8').trim();
      const answer = await new Caller().ask(first, 'POST', '/admin/api/applications', {
        headers: { ...json, authorization: `Bearer ${token}` },
        body: JSON.stringify({ name: 'App', kind: 'oidc', redirectUris: [redirectUri] }),
      });
      if (answer.status !== 201) throw new Error(answer.text);
      const { application, secret } = JSON.parse(answer.text) as {
        application: { id: string };
        secret: string;
      };
      return { id: application.id, secret };
    }

    it('goes to whichever process comes next, and its code counts once among them', async () => {
      const { id, secret } = await register();
      const browser = new Caller();
      const query = new URLSearchParams({
        ...{ client_id: id, response_type: 'code', scope: 'openid', redirect_uri: redirectUri },
      });
      const begun = await browser.ask(first, 'GET', `/oidc/auth?${query.toString()}`);
      const page = begun.location ?? '';
      const started = await browser.ask(second, 'POST', `${page}/v1/challenges`, {
        headers: json,
        body: '{}',
      });
      const { transaction, challengeRequest } = JSON.parse(started.text) as TransactionStart;
      const proven = await new Caller().ask(first, 'POST', '/v1/proofs', {
        headers: { 'content-type': 'application/jwt' },
        body: device.prove(challengeRequest, new Date()),
      });
      expect(proven.status).toBe(200);
      const finished = await browser.ask(second, 'POST', `${page}/finish`, {
        headers: json,
        body: JSON.stringify({ transaction }),
      });
      const { location } = JSON.parse(finished.text) as { location: string };
      const { location: callback = '' } = await browser.ask(first, 'GET', location);
      const code = new URL(callback).searchParams.get('code') ?? '';
      const exchange = (server: TestServer): Promise<Answer> =>
        new Caller().ask(server, 'POST', '/oidc/token', {
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
          },
          body: new URLSearchParams({
            ...{ grant_type: 'authorization_code', code, redirect_uri: redirectUri },
          }).toString(),
        });
      const granted = await exchange(second);
      expect(granted.status).toBe(200);
      const { id_token: idToken } = JSON.parse(granted.text) as { id_token: string };
      for (const server of [first, second]) {
        const keys = await new Caller().ask(server, 'GET', '/oidc/jwks');
        const keySet = createLocalJWKSet(JSON.parse(keys.text) as JSONWebKeySet);
        const { payload } = await jwtVerify(idToken, keySet, {
          issuer: `${issuer}/oidc`,
          audience: id,
        });
        expect(payload['txn']).toBe(transaction);
      }
      for (const server of [first, second]) {
        const again = await exchange(server);
        expect([again.status, again.text]).toEqual([
          400,
          expect.stringContaining('invalid_grant') as string,
        ]);
      }
    });
  },
);
