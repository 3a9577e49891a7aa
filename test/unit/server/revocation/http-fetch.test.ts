import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../../../src/server/revocation/address-guard.ts';
import { fetchOverHttp, type HttpQuestion } from '../../../../src/server/revocation/http-fetch.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { CrlServer } from '../../../testkit/crl-server.ts';

describe('a fetch', () => {
  let web: CrlServer;

  beforeAll(async () => {
    web = await CrlServer.start();
    web.publish('/good', Buffer.from('good'));
  });
  afterAll(() => web.close());

  const get = (path: string, changes: Partial<HttpQuestion> = {}, resolve?: string) =>
    fetchOverHttp(
      {
        address: web.url(path),
        headers: {},
        maxBytes: 1000,
        connectTimeout: 60_000,
        totalTimeout: 60_000,
        ...changes,
      },
      createAddressGuard([web.host, web.host.replace('127.0.0.1', 'crl.example')], () =>
        resolve === undefined
          ? new Promise(() => undefined)
          : Promise.resolve([{ address: resolve, family: 4 }]),
      ),
    );

  it('brings the body and its validators', async () => {
    const answer = await get('/good');
    expect(Buffer.from(answer.body).toString()).toBe('good');
    expect(answer).toMatchObject({ status: 200, lastModified: undefined });
    const again = await get('/good', { headers: { 'if-none-match': answer.etag ?? '' } });
    expect(again).toMatchObject({ status: 304, etag: answer.etag });
  });

  it('connects to the address that was checked, whatever the system’s resolver says', async () => {
    const address = web.url('/good').replace('127.0.0.1', 'crl.example');
    expect(await get('', { address }, '127.0.0.1')).toMatchObject({ status: 200 });
  });

  it('follows three redirects, not four, and none of a question that was posted', async () => {
    for (const hop of [1, 2, 3, 4]) {
      web.handle(`/hop${hop}`, (_, response) => {
        const location = hop === 1 ? '/good' : `/hop${hop - 1}`;
        response.writeHead(302, { location }).end();
      });
    }
    expect(await get('/hop3')).toMatchObject({ status: 200 });
    expect(await codeOfRejection(get('/hop4'))).toBe('fetch_redirects');
    expect(await codeOfRejection(get('/hop1', { body: Buffer.of(1) }))).toBe('fetch_redirects');
  });

  it.each([
    ['to another scheme', 'file:///etc/passwd', 'address_unsupported'],
    ['to the metadata service', 'http://169.254.169.254/', 'address_not_allowed'],
    ['to nowhere', 'http://', 'address_unsupported'],
  ])('does not follow a redirect %s', async (_, location, code) => {
    web.handle('/redirect', (__, response) => response.writeHead(301, { location }).end());
    expect(await codeOfRejection(get('/redirect'))).toBe(code);
  });

  it('takes no answer that is compressed, or an error', async () => {
    web.handle('/gzip', (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('bomb');
    });
    web.handle('/error', (_, response) => response.writeHead(500).end());
    expect(await codeOfRejection(get('/gzip'))).toBe('fetch_failed');
    expect(await codeOfRejection(get('/error'))).toBe('fetch_status');
  });

  it.each([
    [1000, undefined],
    [1001, 'fetch_too_large'],
  ])('takes bodies up to its bound: %i bytes', async (length, code) => {
    web.handle('/sized', (_, response) => {
      response.write(Buffer.alloc(length - 1));
      response.end(Buffer.alloc(1));
    });
    expect(await codeOfRejection(get('/sized'))).toBe(code);
  });

  it('ends after its time when head or body do not come, and when it is told to', async () => {
    web.handle('/silent', () => undefined);
    web.handle('/half', (_, response) => response.write('half'));
    for (const path of ['/silent', '/half']) {
      expect(await codeOfRejection(get(path, { totalTimeout: 100 }))).toBe('fetch_timeout');
      const signal = AbortSignal.timeout(100);
      expect(await codeOfRejection(get(path, { signal }))).toBe('fetch_timeout');
    }
  });

  it('ends after its time when the resolver does not answer', async () => {
    const address = web.url('/good').replace('127.0.0.1', 'crl.example');
    expect(await codeOfRejection(get('', { address, totalTimeout: 100 }))).toBe('fetch_timeout');
  });

  it('ends soon when a connection does not come to stand', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const fetched = fetchOverHttp(
      {
        address: `https://${host}/`,
        headers: {},
        maxBytes: 1,
        connectTimeout: 100,
        totalTimeout: 60_000,
      },
      createAddressGuard([host]),
    );
    expect(await codeOfRejection(fetched)).toBe('fetch_timeout');
    silent.close();
  });

  it('tells a refused connection', async () => {
    const closed = await CrlServer.start();
    const { host } = closed;
    await closed.close();
    const guard = createAddressGuard([host]);
    const question = { headers: {}, maxBytes: 1, connectTimeout: 60_000, totalTimeout: 60_000 };
    const fetched = fetchOverHttp({ ...question, address: `http://${host}/` }, guard);
    await expect(fetched).rejects.toMatchObject({
      code: 'fetch_failed',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });
});
