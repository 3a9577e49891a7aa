import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthorities } from '../../../src/server/index.ts';
import { buildCa, buildCrl, dn, hoursFromTestTime } from '../../testkit/pki-builder.ts';
import { adminToken, readProblem, ServerRig } from './server-rig.ts';

const authoritiesPath = '/admin/api/certificate-authorities';
const crlsPath = '/admin/api/crls';

interface CrlList {
  readonly crls: readonly { readonly source: string; readonly issuer: string }[];
}

describe('the admin API of revocation', () => {
  let rig: ServerRig;
  let id: string;

  beforeEach(async () => {
    rig = await ServerRig.start({}, { trust: false });
    const year = { notBefore: new Date(Date.now() - 1000), notAfter: hoursFromTestTime(1) };
    const [added] = await createAuthorities(rig.storage.authorities, rig.clock).add(buildCa(year));
    id = added?.id ?? '';
  });
  afterEach(() => rig.close());

  const ask = (method: string, at: string, body: BodyInit | null = null): Promise<Response> =>
    rig.fetch(at, { method, body, headers: { authorization: `Bearer ${adminToken}` } });
  const list = async (): Promise<CrlList> => (await (await ask('GET', crlsPath)).json()) as CrlList;
  const change = (body: string): Promise<Response> =>
    ask('PATCH', `${authoritiesPath}/${id}`, body);

  it('changes how the certificates below an authority are checked', async () => {
    const changed = await change('{"revocation":{"mode":"hard-fail","methods":["ocsp"]}}');
    expect(changed.status).toBe(200);
    const expected = {
      mode: 'hard-fail',
      graceHours: 24,
      methods: ['ocsp'],
      unpublished: 'refuse',
    };
    expect(await changed.json()).toMatchObject({ id, revocation: expected });
    const shown = await ask('GET', `${authoritiesPath}/${id}`);
    expect(await shown.json()).toMatchObject({ revocation: expected });
  });

  it.each([
    ['a wrong mode', '{"revocation":{"mode":"soft"}}', 422, 'ca_revocation_invalid'],
    ['no settings', '{}', 400, 'request_invalid'],
    ['no JSON', 'mode=off', 400, 'json_syntax'],
    ['no text', Buffer.of(0xff), 400, 'request_malformed'],
  ])('refuses a change with %s', async (_, body, status, code) => {
    expect(await readProblem(await change(body as string))).toEqual([status, code]);
  });

  it('takes, lists and removes CRLs, newer for older', async () => {
    const added = await ask('POST', crlsPath, new Uint8Array(buildCrl({ number: 5 })));
    expect(added.status).toBe(201);
    const { crls } = await list();
    expect(crls).toMatchObject([{ issuer: 'CN=CA', crlNumber: '05', entries: 0, delta: false }]);
    const older = new Uint8Array(buildCrl({ number: 4 }));
    expect(await readProblem(await ask('POST', crlsPath, older))).toEqual([409, 'crl_older']);
    await ask('POST', crlsPath, new Uint8Array(buildCrl({ number: 6 })));
    await ask('POST', crlsPath, new Uint8Array(buildCrl({ issuer: dn('Elsewhere') })));
    expect((await list()).crls).toHaveLength(2);
    const source = encodeURIComponent(crls[0]?.source ?? '');
    expect((await ask('DELETE', `${crlsPath}?source=${source}`)).status).toBe(204);
    const again = await ask('DELETE', `${crlsPath}?source=${source}`);
    expect(await readProblem(again)).toEqual([404, 'crl_unknown']);
    expect((await list()).crls).toMatchObject([{ issuer: 'CN=Elsewhere' }]);
  });

  it.each([
    ['junk', Buffer.from('junk')],
    ['nothing', Buffer.of()],
    ['a certificate', buildCa()],
    ['a CRL that is cut off', buildCrl().subarray(0, 80)],
  ])('refuses %s as CRL', async (_, body) => {
    const refused = await ask('POST', crlsPath, new Uint8Array(body));
    expect(await readProblem(refused)).toEqual([422, 'crl_unreadable']);
  });

  it.each([
    ['PATCH', authoritiesPath],
    ['GET', crlsPath],
    ['POST', crlsPath],
    ['DELETE', crlsPath],
  ])('is for the administrator: %s', async (method, path) => {
    const at = method === 'PATCH' ? `${path}/${id}` : path;
    const response = await rig.fetch(at, { method });
    expect(await readProblem(response)).toEqual([401, 'sign_in_required']);
  });
});
