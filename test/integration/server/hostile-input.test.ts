/** Every route of the server, asked by whoever means it ill. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultOf, type HostileAnswer, type HostileRequest, type Route } from './hostile-client.ts';
import { HostileStage, type HostileSession } from './hostile-stage.ts';
import { adminToken } from './server-rig.ts';

/** What a route asks of who uses it. */
type Guard =
  /** Nothing. */
  | 'anyone'
  /** Below /admin/api: a token or a session. */
  | 'api'
  /** Below /admin: a session. */
  | 'console'
  /** An application's id and secret. */
  | 'client'
  /** The cookie of the browser that began the sign-in. */
  | 'interaction'
  /** Says itself what is wrong with a request: answers of OpenID Connect. */
  | 'provider';

/** Routes below /admin that come before a session; every other one there needs one. */
const beforeSession = [
  ...['GET /admin', 'GET /admin/assets/:file', 'GET /admin/setup', 'POST /admin/setup'],
  ...['GET /admin/sign-in', 'POST /admin/sign-in', 'POST /admin/sign-in/passkey/begin'],
  ...['POST /admin/sign-in/passkey/finish', 'GET /admin/sign-in/openid'],
  ...['GET /admin/oidc/callback', 'GET /admin/*', 'POST /admin/sign-out'],
  ...['GET /admin/api/openapi.json', 'GET /admin/api/setup', 'POST /admin/api/setup'],
  ...['POST /admin/api/session', 'POST /admin/api/session/passkey-options'],
  'POST /admin/api/session/passkey',
];

const elsewhere: Readonly<Record<string, Guard>> = {
  'OPTIONS /v1/challenges': 'anyone',
  'POST /v1/challenges': 'anyone',
  'OPTIONS /v1/transactions/:transaction': 'anyone',
  'GET /v1/transactions/:transaction': 'anyone',
  'DELETE /v1/transactions/:transaction': 'anyone',
  'POST /v1/transactions': 'client',
  'GET /v1/transactions/:transaction/result': 'client',
  'POST /v1/proofs': 'anyone',
  'GET /.well-known/jwks.json': 'anyone',
  'GET /client/countersign.js': 'anyone',
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /': 'anyone',
  'GET /demo': 'anyone',
  'GET /demo/': 'anyone',
  'GET /demo/:file': 'anyone',
  'POST /demo/session': 'anyone',
  'GET /demo/account': 'anyone',
  'POST /demo/sign-out': 'anyone',
  'GET /sign-in-page/page/:file': 'anyone',
  'GET /oidc/page/:file': 'anyone',
  'GET /oidc/interaction/:uid': 'interaction',
  'POST /oidc/interaction/:uid/v1/challenges': 'interaction',
  'GET /oidc/interaction/:uid/v1/transactions/:transaction': 'interaction',
  'DELETE /oidc/interaction/:uid/v1/transactions/:transaction': 'interaction',
  'POST /oidc/interaction/:uid/finish': 'interaction',
  'GET /oidc/.well-known/openid-configuration': 'provider',
  'OPTIONS /oidc/.well-known/openid-configuration': 'provider',
  'GET /oidc/jwks': 'provider',
  'OPTIONS /oidc/jwks': 'provider',
  'GET /oidc/auth': 'provider',
  'POST /oidc/auth': 'provider',
  'GET /oidc/auth/:uid': 'provider',
  'OPTIONS /oidc/token': 'provider',
  'POST /oidc/token': 'provider',
  'OPTIONS /oidc/userinfo': 'provider',
  'GET /oidc/userinfo': 'provider',
  'POST /oidc/userinfo': 'provider',
};

const nameOf = ({ method, url }: Route): string => `${method} ${url}`;

/** @returns undefined for a route that this table does not know */
function guardOf(route: Route): Guard | undefined {
  const known = elsewhere[nameOf(route)];
  if (known !== undefined || beforeSession.includes(nameOf(route))) return known ?? 'anyone';
  if (route.url.startsWith('/admin/api/')) return 'api';
  return route.url.startsWith('/admin/') ? 'console' : undefined;
}

/** Routes by which anybody who is signed in changes what is their own. */
const ownRoutes = [
  ...['DELETE /admin/api/session', 'PUT /admin/api/session/password', 'POST /admin/sign-out'],
  ...['POST /admin/api/session/passkeys/options', 'POST /admin/api/session/passkeys'],
  ...['DELETE /admin/api/session/passkeys/:id', 'POST /admin/account/password'],
  ...['POST /admin/account/passkeys/begin', 'POST /admin/account/passkeys/finish'],
  'POST /admin/account/passkeys/:id/delete',
];

const form = 'application/x-www-form-urlencoded';
const json = 'application/json';
const evil = 'https://evil.example';

const isRead = ({ method }: Route): boolean => method === 'GET' || method === 'OPTIONS';

/** Media type of the bodies that a route takes. */
function typeOf(route: Route): string {
  const scripted = /passkey\/|passkeys\/(begin|finish)/.test(route.url);
  if (guardOf(route) === 'console' && !scripted) return form;
  if (/^\/admin\/(setup|sign-in|sign-out)$|^\/oidc\/(token|auth|userinfo)$/.test(route.url)) {
    return form;
  }
  return route.url === '/v1/proofs' ? 'application/jwt' : json;
}

let stage: HostileStage;

beforeAll(async () => {
  stage = await HostileStage.start();
});
afterAll(() => stage.close());

const guarded = (...guards: readonly Guard[]): readonly Route[] =>
  stage.routes.filter((route) => guards.includes(guardOf(route) ?? 'anyone'));

/** Asks; an address that failed too often has to wait a minute. */
async function ask(request: HostileRequest): Promise<HostileAnswer> {
  const answer = await stage.client.ask(request);
  if (answer.status !== 429) return answer;
  stage.rig.clock.advance(60_000);
  return stage.client.ask(request);
}

/** A request to a route, as its own page sends it. */
function requestTo(
  route: Route,
  session: Partial<HostileSession> & { readonly origin?: string | undefined } = {},
): HostileRequest {
  const { cookie, csrf, origin = stage.rig.issuer } = session;
  const type = typeOf(route);
  const token = csrf ?? '';
  const content = type === form ? `csrf=${token}&state=deactivated&name=x` : `{"csrf":"${token}"}`;
  return {
    method: route.method,
    path: stage.addressOf(route),
    headers: {
      ...(isRead(route) ? {} : { origin, 'content-type': type, 'x-csrf-token': token }),
      ...(cookie === undefined ? {} : { cookie }),
    },
    body: isRead(route) ? undefined : content,
  };
}

/** Asks each route, and collects what is wrong with the answers. */
async function faultsOf(
  routes: readonly Route[],
  make: (route: Route) => HostileRequest,
  wrong: (answer: HostileAnswer, route: Route) => boolean = () => false,
): Promise<readonly string[]> {
  const faults = [];
  for (const route of routes) {
    const answer = await ask(make(route));
    const fault =
      faultOf(answer) ??
      (wrong(answer, route) ? `${answer.status} ${answer.text.slice(0, 200)}` : undefined);
    if (fault !== undefined) faults.push(`${nameOf(route)}: ${fault}`);
  }
  return faults;
}

/** That the storage is the same after some work as it was before. */
async function changingNothing(work: () => Promise<void>): Promise<void> {
  const before = stage.dump();
  await work();
  expect(stage.dump()).toBe(before);
}

describe('the routes', () => {
  it('are those that this suite knows', () => {
    const unknown = stage.routes.filter((route) => guardOf(route) === undefined).map(nameOf);
    const names = new Set(stage.routes.map(nameOf));
    const tables = [Object.keys(elsewhere), beforeSession, ownRoutes].flat();
    expect([unknown, tables.filter((name) => !names.has(name))]).toEqual([[], []]);
  });

  it('let nobody in who is not signed in, and change nothing for them', async () => {
    const garbage = [
      undefined,
      'countersign-admin=garbage',
      `countersign-admin=${'A'.repeat(43)}`,
      `countersign-admin=${'A'.repeat(8000)}`,
      ';;;=;\t,countersign-admin',
    ];
    const { cookie } = await stage.signIn('alice');
    const cookies = [...garbage, `${cookie}; ${cookie}`];
    await changingNothing(async () => {
      for (const one of cookies) {
        const make = (route: Route): HostileRequest =>
          requestTo(route, one === undefined ? {} : { cookie: one });
        expect(
          await faultsOf(guarded('console'), make, ({ status, headers }, { url }) =>
            // What a script asks for is told so.
            /passkeys\/(begin|finish)$/.test(url)
              ? status !== 401
              : status !== 303 || headers.location?.startsWith('/admin/sign-in') !== true,
          ),
        ).toEqual([]);
        const others = guarded('api', 'client');
        expect(await faultsOf(others, make, ({ status }) => status !== 401)).toEqual([]);
        const interactions = guarded('interaction');
        expect(await faultsOf(interactions, make, ({ status }) => status !== 404)).toEqual([]);
      }
    });
  });

  it('take no other credentials than their own', async () => {
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    const credentials = [
      ...['Bearer garbage', 'Bearer ', `Bearer ${'a'.repeat(8000)}`, 'Basic %%%', 'Negotiate x'],
      ...[basic('an-application:wrong'), basic(`${'a'.repeat(4000)}:x`), basic('\0:\0'), basic('')],
      // Right ones, but for something else.
      `Bearer ${stage.secret}`,
    ];
    await changingNothing(async () => {
      for (const authorization of credentials) {
        expect(
          await faultsOf(
            guarded('api', 'client'),
            (route) => {
              const request = requestTo(route);
              return { ...request, headers: { ...request.headers, authorization } };
            },
            ({ status }) => status !== 401,
          ),
        ).toEqual([]);
      }
    });
  });

  it('let no page of another site use the session that its visitor has', async () => {
    const session = await stage.signIn('alice');
    const changing = guarded('api', 'console').filter((route) => !isRead(route));
    await changingNothing(async () => {
      for (const origin of [evil, 'null', `${stage.rig.issuer}.evil.example`]) {
        expect(
          await faultsOf(
            changing,
            (route) => requestTo(route, { ...session, origin }),
            ({ status }) => status !== 403,
          ),
        ).toEqual([]);
      }
    });
  });

  it('let no page of another site begin or end anything', async () => {
    const before = stage.routes.filter((route) => {
      const isOpen = ['anyone', 'interaction'].includes(guardOf(route) ?? '');
      // An agent is no page, and sends its answer from no origin.
      return isOpen && !isRead(route) && route.url !== '/v1/proofs';
    });
    await changingNothing(async () => {
      const make = (route: Route): HostileRequest => requestTo(route, { origin: evil });
      expect(await faultsOf(before, make, ({ status }) => status !== 403)).toEqual([]);
    });
  });

  it('let no form in without its session’s own token', async () => {
    const session = await stage.signIn('alice');
    const other = await stage.signIn('alice');
    const signOut: Route = { method: 'POST', url: '/admin/sign-out' };
    const changing = [...guarded('api', 'console').filter((route) => !isRead(route)), signOut];
    await changingNothing(async () => {
      for (const csrf of ['', 'x'.repeat(43), other.csrf]) {
        expect(
          await faultsOf(
            changing,
            (route) => requestTo(route, { ...session, csrf }),
            ({ status }) => status !== 403,
          ),
        ).toEqual([]);
      }
    });
  });

  it('change nothing for an auditor', async () => {
    const session = await stage.signIn('bob');
    const changing = guarded('api', 'console').filter(
      (route) => !isRead(route) && !ownRoutes.includes(nameOf(route)),
    );
    await changingNothing(async () => {
      expect(await faultsOf(changing, (route) => requestTo(route, session))).toEqual([]);
    });
  });
});

describe('an address', () => {
  const answered = ['/healthz', '/readyz'];

  it('of another host gets nothing (DNS rebinding)', async () => {
    const session = await stage.signIn('alice');
    const hosts = ['evil.example', `localhost:${stage.rig.port}`, `127.0.0.1.evil.example`];
    const others = stage.routes.filter(({ url }) => !answered.includes(url));
    for (const host of hosts) {
      await changingNothing(async () => {
        const faults = await faultsOf(
          others,
          (route) => {
            const request = requestTo(route, session);
            return { ...request, headers: { ...request.headers, host } };
          },
          ({ status }) => status !== 421,
        );
        expect(faults).toEqual([]);
      });
    }
  });

  it('asked with a method that it does not have is refused', async () => {
    const session = await stage.signIn('alice');
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
    const names = new Set(stage.routes.map(nameOf));
    const missing = [...new Set(stage.routes.map(({ url }) => url))].flatMap((url) =>
      methods.map((method) => ({ method, url })).filter((route) => !names.has(nameOf(route))),
    );
    await changingNothing(async () => {
      const make = (route: Route): HostileRequest => requestTo(route, session);
      const wrong = ({ status }: HostileAnswer): boolean => ![400, 404, 405].includes(status);
      // What is below /admin and nowhere else is a page that does not exist.
      expect(await faultsOf(missing, make, wrong)).toEqual([]);
    });
  });

  it('with parts that nobody was given leads nowhere', async () => {
    const session = await stage.signIn('alice');
    const parts = [
      ...[
        '%00',
        '%ff%fe',
        '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
        '%E2%80%AE',
        '__proto__',
        'constructor',
      ],
      ...["'%20OR%20'1'='1", '%3Cscript%3E', '-1', '1e309', 'a'.repeat(90), 'a'.repeat(4000)],
    ];
    const varying = stage.routes.filter(({ url }) => /[:*]/.test(url));
    await changingNothing(async () => {
      for (const part of parts) {
        const make = (route: Route): HostileRequest => ({
          ...requestTo(route, session),
          path: route.url.replace(/:\w+|\*/g, part),
        });
        const wrong = ({ status }: HostileAnswer, { method }: Route): boolean =>
          method !== 'OPTIONS' && (status < 400 || status > 422);
        const faults = await faultsOf(
          varying.filter(({ url }) => !url.startsWith('/admin/api/session')),
          make,
          wrong,
        );
        expect(faults).toEqual([]);
      }
    });
  });

  it('with parameters that make no sense is read as if they were not there, or refused', async () => {
    const session = await stage.signIn('alice');
    const names = [
      ...['after', 'before', 'limit', 'from', 'to', 'bucket', 'text', 'platform', 'state', 'code'],
      ...['device', 'user', 'application', 'authority', 'expiring', 'alarmed', 'format', 'action'],
      ...[
        'actor',
        'target',
        'allowed',
        'next',
        'token',
        'show',
        'open',
        'source',
        'kind',
        'verify',
      ],
      ...[
        'client_id',
        'redirect_uri',
        'response_type',
        'scope',
        'state',
        'id_token_hint',
        'claims',
      ],
    ];
    const values = [
      ...[
        '',
        '%00',
        '%ff',
        '%',
        '-1',
        '1e309',
        '99999999999999999999',
        '2026-13-45',
        '%F0%9F%92%A5',
      ],
      ...['2026-01-01T00:00:00Z', '%7B%22a%22%3A', 'eyJhIjoxfQ', "'", '%25', 'a'.repeat(300)],
      'javascript:alert(1)',
    ];
    const reading = stage.routes.filter(({ method }) => method === 'GET');
    await changingNothing(async () => {
      for (const value of values) {
        const query = names.map((name) => `${name}=${value}`).join('&');
        const make = (route: Route): HostileRequest => {
          const request = requestTo(route, session);
          return { ...request, path: `${request.path}?${query}` };
        };
        expect(await faultsOf(reading, make)).toEqual([]);
      }
      for (const query of [
        '__proto__=x&constructor=y',
        'a[b]=c',
        'limit=1&limit=2',
        '&=&&=',
        '?',
      ]) {
        const make = (route: Route): HostileRequest => {
          const request = requestTo(route, session);
          return { ...request, path: `${request.path}?${query}` };
        };
        expect(await faultsOf(reading, make)).toEqual([]);
      }
    });
  });

  it('whose each parameter alone makes no sense does not fail either', async () => {
    const session = await stage.signIn('alice');
    const headers = { cookie: session.cookie };
    const names = [
      'after',
      'from',
      'to',
      'text',
      'device',
      'code',
      'user',
      'expiring',
      'authority',
    ];
    for (const path of ['/admin/devices', '/admin/sign-ins', '/admin/alarms', '/admin/audit-log']) {
      for (const name of names) {
        for (const value of ['%00', 'eyJhIjoxfQ', 'WyJhIl0', '2026-02-30', "'--", '%ff']) {
          const answer = await ask({ method: 'GET', path: `${path}?${name}=${value}`, headers });
          expect([path, name, value, faultOf(answer)]).toEqual([path, name, value, undefined]);
        }
      }
    }
  });
});

describe('a body', () => {
  const deep = '['.repeat(10_000) + ']'.repeat(10_000);
  const deepObject = '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000);
  const bodies: readonly (readonly [string, string | Buffer])[] = [
    ['that is empty', ''],
    ['of junk', 'junk'],
    ['of zeros', Buffer.alloc(1000)],
    ['that is not UTF-8', Buffer.from('ff7b22fe3aff7d', 'hex')],
    ['that begins with a byte order mark', Buffer.from('efbbbf7b7d', 'hex')],
    ['of null', 'null'],
    ['of an array', '[]'],
    ['of a number', '1e999'],
    ['of a text', '"x"'],
    ['nested deeply', deep],
    ['of objects nested deeply', deepObject],
    ['with a member twice', '{"name":"a","name":"b"}'],
    ['with a member __proto__', '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'],
    ['with members of wrong types', '{"name":[],"token":{},"password":1,"response":"x","rules":1}'],
    ['that is cut off', '{"name":"'],
    ['with a long text', `{"name":"${'x'.repeat(100_000)}"}`],
    ['with a text that is half a character', '{"name":"\\ud800","csrf":"\\u0000"}'],
    ['of a form without names', '=&=&&&=x'],
    ['of a form with broken escapes', 'name=%zz&csrf=%00&rules=%ff'],
    ['of a form with one field many times', 'name=a&'.repeat(20_000)],
  ];

  function credentialsFor(route: Route): string | undefined {
    const guard = guardOf(route);
    if (guard === 'api' && !ownRoutes.includes(nameOf(route))) return `Bearer ${adminToken}`;
    if (guard !== 'client' && guard !== 'provider') return undefined;
    return `Basic ${Buffer.from(`an-application:${stage.secret}`).toString('base64')}`;
  }

  /** As the session's own page sends it, but for what is in the body. */
  function carrying(route: Route, session: HostileSession, body: string | Buffer, type: string) {
    const request = requestTo(route, session);
    const authorization = credentialsFor(route);
    const headers = { ...request.headers, 'content-type': type };
    return { ...request, body, headers: authorization ? { ...headers, authorization } : headers };
  }

  /** Takes the form’s token along where a form is taken: then the rest of it is read. */
  const withToken = (route: Route, { csrf }: HostileSession, body: string | Buffer) =>
    typeOf(route) === form && guardOf(route) === 'console'
      ? Buffer.concat([Buffer.from(`csrf=${csrf}&`), Buffer.from(body)])
      : body;

  /** What is done whatever the body says: it needs none, or no more than a name. */
  const bodiless =
    /\/(delete|remove|rotate|replace|secret|state|sign-out|passkey-options|options|begin|acknowledge|admin\/api-tokens)$/;

  const writing = (): readonly Route[] =>
    stage.routes.filter((route) => !isRead(route) && !bodiless.test(route.url));

  it.each(bodies)('%s is refused, or changes nothing', async (_, body) => {
    const session = await stage.signIn('alice');
    await changingNothing(async () => {
      const faults = await faultsOf(
        writing().filter(({ method }) => method !== 'DELETE'),
        (route) => carrying(route, session, withToken(route, session, body), typeOf(route)),
      );
      expect(faults).toEqual([]);
    });
  });

  it('of another type than the route takes is refused, or changes nothing', async () => {
    const types = [
      ...['text/plain', 'text/html', 'multipart/form-data; boundary=x', 'application/xml'],
      ...['application/x-www-form-urlencoded; charset=utf-16', 'application/json; charset="', 'x'],
      ...['application/octet-stream', '/', `${'a'.repeat(1000)}/b`],
    ];
    const session = await stage.signIn('alice');
    const typed = writing().filter(
      (route) => guardOf(route) !== 'api' && route.method !== 'DELETE',
    );
    await changingNothing(async () => {
      for (const type of types) {
        const make = (route: Route) =>
          carrying(route, session, withToken(route, session, '{"name":"x"}'), type);
        expect(await faultsOf(typed, make)).toEqual([]);
      }
    });
  });

  it('of 17 MB is refused before it is read whole', async () => {
    const session = await stage.signIn('alice');
    const large = Buffer.alloc(17 << 20, 'a');
    const takesFiles = ['/admin/revocation/upload', '/admin/api/crls'];
    const others = stage.routes.filter((one) => !isRead(one) && !takesFiles.includes(one.url));
    await changingNothing(async () => {
      const make = (route: Route) => carrying(route, session, large, typeOf(route));
      // RFC 6749 section 5.2 has no other status for what the token endpoint refuses.
      const refusalOf = ({ url }: Route): number =>
        /oidc\/(token|userinfo)$/.test(url) ? 400 : 413;
      expect(
        await faultsOf(others, make, ({ status }, route) => status !== refusalOf(route)),
      ).toEqual([]);
    });
  });

  it('of routes that need none, whatever it is, does not make them fail', async () => {
    for (const [, body] of bodies) {
      for (const route of stage.routes.filter((one) => !isRead(one) && bodiless.test(one.url))) {
        // Some end the session that they are asked with.
        const session = await stage.signIn('alice');
        const make = (one: Route) =>
          carrying(one, session, withToken(one, session, body), typeOf(one));
        expect(await faultsOf([route], make)).toEqual([]);
      }
    }
  });

  it('leaves the server as able as before', async () => {
    const session = await stage.signIn('alice');
    const { status, text } = await ask({
      ...{ method: 'GET', path: '/admin/', headers: { cookie: session.cookie } },
    });
    expect([status, text]).toEqual([200, expect.stringContaining('alice')]);
    expect((await stage.rig.fetch('/.well-known/jwks.json')).status).toBe(200);
  });
});
