/** Every operation of the admin API against the running server: what it answers is what is documented. */
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerAdminApi, type ApiContext } from '../../../src/server/api/index.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { AdminClient, operationsOf, type Answer } from './admin-client.ts';
import { adminToken, readAnswer, ServerRig } from './server-rig.ts';

const asAdmin = { authorization: `Bearer ${adminToken}` };
const password = 'correct horse battery';

/** Reading operations that are asked with POST, for they take a body. */
const askedWithPost = ['dryRunPolicy', 'explainCertificate'];

/** Operations without a role: they come before it, or are about one's own account. */
const ownOperations = [
  ...['setUp', 'signIn', 'beginPasskeySignIn', 'finishPasskeySignIn', 'signOut'],
  ...['changeOwnPassword', 'beginOwnPasskey', 'addOwnPasskey', 'removeOwnPasskey'],
];

const noId = '00000000-0000-4000-8000-000000000000';

describe('the admin API’s document', () => {
  let rig: ServerRig;
  let api: AdminClient;
  let auditor: Record<string, string>;

  beforeAll(async () => {
    rig = await ServerRig.start({ setupToken: 'the set-up token of the tests' });
    api = await AdminClient.connect(rig);
    const made = await api.call('addApiToken', {
      headers: asAdmin,
      body: { name: 'auditor of the tests', role: 'auditor', days: 1 },
    });
    auditor = { authorization: `Bearer ${(made.json as { token: string }).token}` };
  });
  afterAll(() => rig.close());

  const admin = (id: string, call: Parameters<AdminClient['call']>[1] = {}): Promise<Answer> =>
    api.call(id, { headers: asAdmin, ...call });

  /** As {@link admin}; fails where the answer is a refusal. */
  async function done<T>(id: string, call: Parameters<AdminClient['call']>[1] = {}): Promise<T> {
    const { status, json, text } = await admin(id, call);
    if (status >= 300) throw new Error(`${id}: ${text}`);
    return json as T;
  }

  it('is of OpenAPI 3.1, and anyone may read it', () => {
    expect(api.document.openapi).toBe('3.1.0');
    const ids = operationsOf(api.document).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has every route that there is, and no other', () => {
    const routes = new Set<string>();
    const app = Fastify();
    app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`);
    });
    registerAdminApi(app, {} as ApiContext);
    return app.ready().then(() => {
      const documented = operationsOf(api.document).map(
        ({ method, path }) => `${method} /admin/api${path.replace(/\{(\w+)\}/g, ':$1')}`,
      );
      expect([...routes].sort()).toEqual([...documented, 'GET /admin/api/openapi.json'].sort());
    });
  });

  it('asks for a token or a session wherever it is not about signing in', async () => {
    for (const { id, described } of operationsOf(api.document)) {
      const isOpen = ['getSetup', 'setUp', 'signIn', 'beginPasskeySignIn', 'finishPasskeySignIn'];
      if (isOpen.includes(id)) {
        expect(described.security).toEqual([]);
        continue;
      }
      const { status, json, headers } = await api.call(id);
      expect([id, status, json]).toMatchObject([id, 401, { code: 'sign_in_required' }]);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="countersign"');
    }
  });

  it('lets an auditor read everything and change nothing', async () => {
    const before = (await rig.storage.audit.list({ limit: 1 })).items[0]?.sequence;
    for (const { id, method } of operationsOf(api.document)) {
      if (ownOperations.includes(id)) continue;
      const reads = method === 'GET' || askedWithPost.includes(id);
      const { status, json } = await api.call(id, {
        headers: auditor,
        params: { id: noId, transaction: noId },
      });
      if (reads) expect([id, status]).not.toEqual([id, 403]);
      else expect([id, status, json]).toMatchObject([id, 403, { code: 'role_required' }]);
    }
    expect((await rig.storage.audit.list({ limit: 1 })).items[0]?.sequence).toBe(before);
  });

  it('holds for what is not there', async () => {
    for (const { id, path } of operationsOf(api.document)) {
      if (!path.includes('{') || ownOperations.includes(id)) continue;
      const bodies: Readonly<Record<string, unknown>> = {
        changeCertificateAuthority: { disabled: true },
        replacePolicy: { version: 1, name: 'x', rules: [] },
        changeApplication: { version: 1, name: 'x' },
        changeDevice: { state: 'active' },
        acknowledgeAlarm: { sameDevice: false },
        changeAdministrator: { version: 1, disabled: true },
        resetPassword: { password },
      };
      const { status } = await admin(id, {
        params: { id: noId, transaction: noId },
        body: bodies[id],
      });
      if (id === 'listDeviceCertificates') expect([200, 404]).toContain(status);
      else expect([id, status]).toEqual([id, 404]);
    }
  });

  it('holds for bodies and queries that are not what is asked for', async () => {
    for (const { id, method, described } of operationsOf(api.document)) {
      const takesJson = 'requestBody' in described && !/add.*Authorities|Crls|explain/.test(id);
      if (!takesJson || ownOperations.includes(id)) continue;
      for (const body of ['', '[]', '{"no":"such member"}', '{"a":1,"a":2}', '['.repeat(99)]) {
        const { status } = await admin(id, { params: { id: noId }, body });
        expect([id, method, body, status]).toEqual([id, method, body, 400]);
      }
      const huge = await admin(id, { params: { id: noId }, body: `"${'x'.repeat(1 << 20)}"` });
      expect([id, huge.status]).toEqual([id, 413]);
    }
    for (const query of [{ limit: '0' }, { limit: '501' }, { limit: 'x' }, { no: 'such' }]) {
      for (const id of ['listDevices', 'listSignIns', 'listAlarms', 'listAuditEntries']) {
        const { json } = await admin(id, { query: query as unknown as Record<string, string> });
        expect(json).toMatchObject({ code: 'request_invalid' });
      }
    }
    const cursor = await admin('listDevices', { query: { after: 'made up' } });
    expect(cursor.json).toMatchObject({ code: 'cursor_invalid' });
    const span = { from: '2020-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z', bucket: 'hour' };
    expect((await admin('getSignInStatistics', { query: span })).json).toMatchObject({
      code: 'time_span_invalid',
    });
  });

  it('holds for signing in and one’s own account', async () => {
    expect((await api.call('getSetup')).json).toEqual({ needed: true });
    const wrong = { token: 'wrong', name: 'alice', password };
    expect((await api.call('setUp', { body: wrong })).status).toBe(401);
    const setUp = await api.call('setUp', {
      body: { ...wrong, token: 'the set-up token of the tests' },
    });
    expect(setUp.status).toBe(201);
    const signedIn = await api.call('signIn', { body: { name: 'Alice', password } });
    const { csrfToken } = signedIn.json as { csrfToken: string };
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const headers = { cookie, origin: rig.issuer, 'x-csrf-token': csrfToken };
    expect((await api.call('signIn', { body: { name: 'alice', password: 'no' } })).status).toBe(
      401,
    );
    expect((await api.call('beginPasskeySignIn')).status).toBe(200);
    const response = { id: 'x', rawId: 'x', type: 'public-key', clientExtensionResults: {} };
    const assertion = { clientDataJSON: 'x', authenticatorData: 'x', signature: 'x' };
    const begun = { ceremony: 'x', response: { ...response, response: assertion } };
    expect((await api.call('finishPasskeySignIn', { body: begun })).status).toBe(401);
    expect((await api.call('getSession', { headers })).json).toEqual({
      ...{ name: 'alice', role: 'admin', via: 'api', csrfToken },
    });
    expect((await api.call('beginOwnPasskey', { headers })).status).toBe(200);
    const attestation = { clientDataJSON: 'x', attestationObject: 'x' };
    const registered = { ...begun, name: 'key', response: { ...response, response: attestation } };
    expect((await api.call('addOwnPasskey', { headers, body: registered })).status).toBe(401);
    const noKey = { headers, params: { id: 'x' } };
    expect((await api.call('removeOwnPasskey', noKey)).status).toBe(404);
    const change = { present: 'wrong', password: `${password} staple` };
    expect((await api.call('changeOwnPassword', { headers, body: change })).status).toBe(403);
    const right = { ...change, present: password };
    expect((await api.call('changeOwnPassword', { headers, body: right })).status).toBe(204);
    for (const missing of ['origin', 'x-csrf-token'] as const) {
      const rest = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== missing));
      expect((await api.call('signOut', { headers: rest })).status).toBe(403);
    }
    expect((await api.call('signOut', { headers })).status).toBe(204);
    expect((await api.call('getSession', { headers })).status).toBe(401);
  });

  it('holds for trust: authorities, CRLs, certificates, platforms', async () => {
    const ca = TestCa.root({ commonName: 'Another Root' });
    const added = await done<{ certificateAuthorities: { id: string }[] }>(
      'addCertificateAuthorities',
      { body: ca.certificate.pem },
    );
    const id = added.certificateAuthorities[0]?.id ?? '';
    expect((await admin('addCertificateAuthorities', { body: ca.certificate.pem })).status).toBe(
      409,
    );
    expect((await admin('addCertificateAuthorities', { body: 'junk' })).status).toBe(422);
    await done('listCertificateAuthorities');
    await done('getCertificateAuthority', { params: { id } });
    const body = { revocation: { mode: 'off' }, disabled: true };
    expect(await done('changeCertificateAuthority', { params: { id }, body })).toMatchObject({
      ...{ disabled: true, revocation: { mode: 'off', graceHours: 24 } },
    });
    await done('getCertificateAuthorityImpact', { params: { id } });
    const good = await done('explainCertificate', { body: rig.root.issue().pem });
    expect(good).toMatchObject({ accepted: true });
    const refused = await done('explainCertificate', { body: ca.issue().pem });
    expect(refused).toMatchObject({ accepted: false });
    await done('removeCertificateAuthority', { params: { id } });
    await done('listCrls');
    expect((await admin('uploadCrls', { body: 'junk' })).status).toBe(422);
    expect((await admin('fetchCrl', { body: { address: 'ftp://x' } })).status).toBe(422);
    expect((await admin('removeCrl', { query: { source: 'x' } })).status).toBe(404);
    const { version } = await done<{ version: number }>('getEndpointManagement');
    const platforms = { macos: { enabled: false, authorities: 'all' } };
    const change = { body: { version, platforms } };
    expect(await done('changeEndpointManagement', change)).toMatchObject({ platforms });
    expect((await admin('changeEndpointManagement', change)).status).toBe(409);
  });

  it('holds for policies and applications', async () => {
    const rules = [{ name: 'Linux', when: { platforms: ['linux'] }, effect: 'allow' }];
    const policy = await done<{ id: string; version: number }>('addPolicy', {
      body: { name: 'Only Linux', rules },
    });
    const { id, version } = policy;
    await done('listPolicies');
    await done('getPolicy', { params: { id } });
    const next = { version, name: 'Only Linux, please', rules };
    await done('replacePolicy', { params: { id }, body: next });
    expect((await admin('replacePolicy', { params: { id }, body: next })).status).toBe(409);
    const made = await done<{ application: { id: string; version: number }; secret: string }>(
      'addApplication',
      { body: { name: 'Shop', kind: 'api', policy: id, origins: ['https://shop.example'] } },
    );
    const app = made.application;
    expect((await admin('removePolicy', { params: { id } })).status).toBe(409);
    await done('listApplications');
    await done('getApplication', { params: { id: app.id } });
    const change = { version: app.version, policy: 'default' };
    await done('changeApplication', { params: { id: app.id }, body: change });
    const rotated = await done<{ secret: string }>('rotateApplicationSecret', {
      params: { id: app.id },
    });
    expect(rotated.secret).not.toBe(made.secret);
    await done('removeApplication', { params: { id: app.id } });
    await done('removePolicy', { params: { id } });
  });

  it('holds for devices, alarms and sign-ins', async () => {
    const leaf = rig.issuing.issue({ commonName: 'laptop-7' });
    const signIn = async (device: TestDevice, hostname: string): Promise<string> => {
      const start = await rig.browser().start();
      const claims = { device: { platform: 'linux', osVersion: '12', hostname } } as never;
      const proof = device.prove(start.challengeRequest, rig.clock.now(), { claims });
      await readAnswer(await rig.postProof(proof));
      return start.transaction;
    };
    const transaction = await signIn(new TestDevice(leaf, rig.issuing), '=cmd|evil');
    await signIn(new TestDevice(leaf, rig.issuing), 'another-machine');
    const stranger = TestCa.root();
    await signIn(new TestDevice(stranger.issue(), stranger), 'stranger');

    const { devices } = await done<{ devices: { id: string }[] }>('listDevices', {
      query: { platform: 'linux', alarmed: 'true', limit: '1' },
    });
    const id = devices[0]?.id ?? '';
    await done('getDevice', { params: { id } });
    await done('listDeviceCertificates', { params: { id } });
    await done('changeDevice', { params: { id }, body: { state: 'deactivated' } });
    const { alarms } = await done<{ alarms: { id: string }[] }>('listAlarms', {
      query: { open: 'true', device: id },
    });
    const alarm = alarms[0]?.id ?? '';
    await done('getAlarm', { params: { id: alarm } });
    const acknowledgement = { params: { id: alarm }, body: { sameDevice: false } };
    await done('acknowledgeAlarm', acknowledgement);
    expect((await admin('acknowledgeAlarm', acknowledgement)).status).toBe(409);
    const { version } = await done<{ version: number }>('getInventorySettings');
    await done('changeInventorySettings', { body: { version, clones: 'alarm' } });

    const listed = await done<{ signIns: unknown[] }>('listSignIns');
    expect(listed.signIns).toHaveLength(3);
    await done('getSignIn', { params: { transaction } });
    const lines = (await admin('exportSignIns')).text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(listed.signIns);
    const csv = await admin('exportSignIns', { query: { format: 'csv', allowed: 'true' } });
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="sign-ins.csv"');
    const [head, first, ...rest] = csv.text.split('\r\n');
    expect(head).toMatch(/^time,transaction,outcome,/);
    expect(first).toContain(`"'=cmd|evil"`);
    expect(rest).toEqual(['']);
    const now = rig.clock.now().getTime();
    const span = {
      from: new Date(now - 3_600_000).toISOString(),
      to: new Date(now + 1).toISOString(),
    };
    const statistics = await done<{ buckets: { allowed: number; denied: number }[] }>(
      'getSignInStatistics',
      { query: { ...span, bucket: 'hour' } },
    );
    expect(statistics.buckets.at(-1)).toMatchObject({ allowed: 1, denied: 2 });
    await done('getOverview');
    const body = { name: 'Try', rules: [{ name: 'None', when: {}, effect: 'deny' }] };
    expect(await done('dryRunPolicy', { body })).toMatchObject({
      counts: { total: 3, newlyDenied: 1, stillDenied: 2 },
    });
  });

  it('holds for the server: keys, administrators, tokens, provider, audit log', async () => {
    await done('listSigningKeys');
    await done('rotateSigningKey', { body: { immediately: false } });
    const body = { name: 'bob', role: 'auditor', password };
    const { id, version } = await done<{ id: string; version: number }>('addAdministrator', {
      body,
    });
    expect((await admin('addAdministrator', { body })).status).toBe(409);
    const weak = { ...body, name: 'carol', password: 'aaaaaaaaaaaaaaa' };
    expect((await admin('addAdministrator', { body: weak })).status).toBe(422);
    await done('listAdministrators');
    await done('getAdministrator', { params: { id } });
    await done('changeAdministrator', { params: { id }, body: { version, disabled: true } });
    const stale = { params: { id }, body: { version, disabled: false } };
    expect((await admin('changeAdministrator', stale)).status).toBe(409);
    await done('resetPassword', { params: { id }, body: { password: `${password} 2` } });
    await done('removeAdministrator', { params: { id } });
    const { administrators } = await done<{ administrators: { id: string }[] }>(
      'listAdministrators',
    );
    const last = { params: { id: administrators[0]?.id ?? '' } };
    expect((await admin('removeAdministrator', last)).json).toMatchObject({
      code: 'administrator_last',
    });
    const { apiToken } = await done<{ apiToken: { id: string } }>('addApiToken', {
      body: { name: 'exporter', role: 'auditor' },
    });
    await done('listApiTokens');
    await done('removeApiToken', { params: { id: apiToken.id } });
    const { version: none } = await done<{ version: number }>('getFederation');
    const provider = {
      ...{ name: 'Corp', issuer: 'https://id.example', clientId: 'c', clientSecret: 's' },
      ...{ roleClaim: 'groups', adminValues: ['admins'], auditorValues: [] },
    };
    await done('changeFederation', { body: { version: none, provider } });
    await done('changeFederation', { body: { version: none + 1, provider: null } });
    await done('listAuditEntries', { query: { limit: '2', action: 'policy.add' } });
    const exported = (await admin('exportAuditLog')).text.trimEnd().split('\n');
    expect(await done('verifyAuditLog')).toEqual({ entries: exported.length });
  });

  it('has been tried whole: every operation has answered as asked', () => {
    const missing = operationsOf(api.document).flatMap(({ id, described }) => {
      const good = Object.keys(described.responses).find((status) => status < '300') ?? '';
      const cannotHere = ['finishPasskeySignIn', 'addOwnPasskey', 'removeOwnPasskey'];
      const needsNetwork = ['uploadCrls', 'fetchCrl', 'removeCrl'];
      if ([...cannotHere, ...needsNetwork].includes(id)) return [];
      return api.seen.has(`${id} ${good}`) ? [] : [id];
    });
    expect(missing).toEqual([]);
  });
});
