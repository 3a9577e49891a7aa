import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestCa } from '../../testkit/test-ca.ts';
import { adminToken, readProblem, ServerRig } from './server-rig.ts';

const path = '/admin/api/certificate-authorities';

interface AuthorityBody {
  readonly id: string;
  readonly pem?: string;
  readonly certificate: { readonly subject: string };
}
interface ListBody {
  readonly certificateAuthorities: readonly AuthorityBody[];
}

describe('the admin API', () => {
  const ca = TestCa.root({ commonName: 'Uploaded Root' });
  let rig: ServerRig;

  beforeEach(async () => {
    rig = await ServerRig.start({}, { trust: false });
  });
  afterEach(() => rig.close());

  const ask = (
    method: string,
    at: string,
    body: BodyInit | null = null,
    authorization = `Bearer ${adminToken}`,
  ): Promise<Response> => rig.fetch(at, { method, body, headers: { authorization } });
  const list = async (): Promise<readonly AuthorityBody[]> =>
    ((await (await ask('GET', path)).json()) as ListBody).certificateAuthorities;

  it('takes a CA certificate, which sign-ins then ask for, until it is removed', async () => {
    const response = await ask('POST', path, new Uint8Array(ca.certificate.der));
    expect(response.status).toBe(201);
    const [added] = ((await response.json()) as ListBody).certificateAuthorities;
    expect(added?.certificate.subject).toBe('CN=Uploaded Root,O=Test');
    expect(await list()).toEqual([added]);
    await rig.browser().start();
    expect((await ask('DELETE', `${path}/${added?.id}`)).status).toBe(204);
    expect(await list()).toEqual([]);
    const start = await rig.browser().post('/v1/challenges', {});
    expect(await readProblem(start)).toEqual([409, 'trust_not_configured']);
  });

  it('shows one authority with its certificate', async () => {
    await ask('POST', path, ca.certificate.pem);
    const [added] = await list();
    const shown = (await (await ask('GET', `${path}/${added?.id}`)).json()) as AuthorityBody;
    expect(shown).toEqual({ ...added, pem: ca.certificate.pem });
  });

  it('looks at what a file holds, not at what it is called', async () => {
    for (const type of ['application/json', 'application/x-pkcs12', 'text/plain']) {
      const response = await rig.fetch(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': type },
        body: TestCa.root().certificate.pem,
      });
      expect(response.status).toBe(201);
    }
  });

  it.each([
    ['nothing', '', [422, 'ca_file_empty']],
    ['junk', 'junk', [422, 'ca_file_unrecognized']],
    ['a key', ca.certificate.keyPem, [422, 'ca_file_private_key']],
    ['an end-entity certificate', ca.issue().pem, [422, 'ca_not_authority']],
    ['a file of 1 MiB and one byte', 'x'.repeat((1 << 20) + 1), [413, 'ca_file_too_large']],
    ['a file of 10 MB', 'x'.repeat(10 << 20), [413, 'body_too_large']],
  ])('refuses %s with its own code', async (_, file, refusal) => {
    expect(await readProblem(await ask('POST', path, file))).toEqual(refusal);
    expect(await list()).toEqual([]);
  });

  it('refuses what is there already, and what is not', async () => {
    await ask('POST', path, new Uint8Array(ca.certificate.der));
    const again = await ask('POST', path, ca.certificate.pem);
    expect(await readProblem(again)).toEqual([409, 'ca_exists']);
    const unknown = `${path}/${'0'.repeat(64)}`;
    for (const method of ['GET', 'DELETE']) {
      expect(await readProblem(await ask(method, unknown))).toEqual([404, 'ca_unknown']);
    }
  });

  const badAuthorizations = [
    ['no token', ''],
    ['a wrong token', 'Bearer wrong'],
    ['the start of the token', `Bearer ${adminToken.slice(0, -1)}`],
    ['more than the token', `Bearer ${adminToken}x`],
    ['another scheme', `Basic ${adminToken}`],
    ['the bare token', adminToken],
  ] as const;
  it.each(badAuthorizations)('gives nothing for %s', async (_, authorization) => {
    for (const [method, at, body] of [
      ['GET', path, null],
      ['POST', path, ca.certificate.pem],
      ['GET', `${path}/x`, null],
      ['DELETE', `${path}/x`, null],
    ] as const) {
      const response = await ask(method, at, body, authorization);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="countersign"');
      expect(await readProblem(response)).toEqual([401, 'admin_token_invalid']);
    }
    expect(await rig.storage.authorities.list()).toEqual([]);
  });

  it('stops guessing after ten wrong tokens a minute, and takes the right one meanwhile', async () => {
    for (let i = 0; i < 10; i++) await ask('GET', path, null, 'Bearer wrong');
    const limited = await ask('POST', path, 'x', 'Bearer wrong');
    expect(limited.headers.get('retry-after')).toBe('6');
    expect(await readProblem(limited)).toEqual([429, 'rate_limited']);
    expect((await ask('GET', path)).status).toBe(200);
    rig.clock.advance(6000);
    expect((await ask('GET', path, null, 'Bearer wrong')).status).toBe(401);
  });

  it('takes no token where none is set', async () => {
    const open = await ServerRig.start({ adminToken: undefined });
    for (const authorization of ['Bearer ', 'Bearer undefined']) {
      const response = await open.fetch(path, { headers: { authorization } });
      expect(await readProblem(response)).toEqual([401, 'admin_token_invalid']);
    }
    await open.close();
  });
});
