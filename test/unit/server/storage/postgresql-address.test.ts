import { describe, expect, it } from 'vitest';
import {
  isPostgresqlUrl,
  readPostgresqlUrl,
} from '../../../../src/server/storage/sql/postgresql-address.ts';

describe('the address of a PostgreSQL database', () => {
  it.each([
    'postgres://user:p%40ss@host:5432/database',
    'postgresql://host/database',
    'postgres:///database?host=/run/postgresql&user=u',
    'postgres://user@%2Frun%2Fpostgresql/database',
    'postgres://user@[::1]/database?sslmode=disable',
    'postgres://host/database?sslmode=verify-full&sslrootcert=/a&sslcert=/b&sslkey=/c',
  ])('may be %s', (text) => {
    expect(isPostgresqlUrl(text)).toBe(true);
  });

  it.each([
    ['is of another scheme', 'mysql://host/database'],
    ['has nothing after the scheme', 'postgres://'],
    ['has a # in its password', 'postgres://user:12#3@host/database'],
    ['has a % that encodes nothing in its password', 'postgres://user:50%off@host/database'],
    ['has a mode that there is not', 'postgres://host/database?sslmode=verify_full'],
    ['has two modes', 'postgres://host/database?sslmode=verify-full&sslmode=disable'],
    ['switches TLS by another word', 'postgres://host/database?ssl=false'],
    ['would have a mode mean something else', 'postgres://h/d?sslmode=require&uselibpqcompat=true'],
    ['names a list of revoked certificates', 'postgres://host/database?sslcrl=/crl.pem'],
    ['has a certificate without its key', 'postgres://host/database?sslcert=/cert.pem'],
  ])('is none where it %s', (_, text) => {
    expect(isPostgresqlUrl(text)).toBe(false);
    const thrown = (() => {
      try {
        return readPostgresqlUrl(text);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ code: 'storage_unavailable' });
    expect((thrown as Error).message).not.toContain('host/database');
  });

  it('keeps what is not about TLS', () => {
    const { connectionString } = readPostgresqlUrl(
      'postgres://user:p%40ss@host:1/d?options=-c%20x%3Dy&sslmode=require&host=/run',
    );
    const url = new URL(connectionString);
    expect([url.username, url.password, url.host, url.pathname]).toEqual([
      'user',
      'p%40ss',
      'host:1',
      '/d',
    ]);
    expect([...url.searchParams]).toEqual([
      ['options', '-c x=y'],
      ['host', '/run'],
    ]);
  });

  it.each([
    ['postgres://user:secret@host:1/database', 'host'],
    ['postgres://host/database?sslmode=disable', 'host'],
    ['postgres://localhost/database?host=10.1.2.3', '10.1.2.3'],
    ['postgres://host/database?sslmode=no-verify', undefined],
    ['postgres://[::1]/database', undefined],
    ['postgres://127.0.0.1/database', undefined],
    ['postgres://user@%2Frun%2Fpostgresql/database', undefined],
  ])('%s goes in the clear to %s', (text, host) => {
    expect(readPostgresqlUrl(text).exposedTo).toBe(host);
  });

  it('is told to people without user and password', () => {
    expect(readPostgresqlUrl('postgres://user:secret@host:1/data%20base').name).toBe(
      'host:1/data base',
    );
  });
});
