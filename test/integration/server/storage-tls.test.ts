import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/core/index.ts';
import { openStorage } from '../../../src/server/index.ts';
import { localhostCertificate } from '../../testkit/authentication-server.ts';
import { postgresqlComponent, PostgresqlServer } from '../../testkit/postgresql.ts';
import { programsComponent, runServerCommand } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { der, derExtension, TestCa } from '../../testkit/test-ca.ts';

const ca = TestCa.root({ commonName: 'Database Root' });
const serverAuth = '1.3.6.1.5.5.7.3.1';

let directory: string;
beforeEach(() => {
  directory = scratchDirectory();
  write('ca.pem', ca.certificate.pem);
  write('other.pem', TestCa.root().certificate.pem);
});

function write(name: string, content: string): void {
  writeFileSync(`${directory}/${name}`, content);
}

type Parameters = Readonly<Record<string, string>>;

/** A server's address with parameters of TLS; files are those of the test's directory. */
function address(server: PostgresqlServer, parameters: Parameters, database = 'postgres'): string {
  const url = new URL(server.url(database));
  for (const [name, value] of Object.entries(parameters)) {
    url.searchParams.set(name, name === 'sslmode' ? value : `${directory}/${value}`);
  }
  return url.href;
}

/** Opens and closes the storage there. */
async function open(url: string): Promise<void> {
  const storage = await openStorage({ kind: 'postgresql', url }, silentLogger);
  await storage.ping();
  await storage.close();
}

async function expectRefusal(url: string, reason: string): Promise<void> {
  await expect(open(url)).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringContaining(reason) as string,
  });
}

describeWith('PostgreSQL that wants TLS', [postgresqlComponent], () => {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await PostgresqlServer.start({ certificate: localhostCertificate(ca) });
  });
  afterAll(() => server.remove());

  it.each(['verify-full', 'verify-ca', 'require', 'prefer', 'allow'])(
    'is used with sslmode=%s where its authority is the one that is named, and with no other',
    async (sslmode) => {
      await open(address(server, { sslmode, sslrootcert: 'ca.pem' }));
      for (const parameters of [{ sslmode, sslrootcert: 'other.pem' }, { sslmode }]) {
        await expectRefusal(address(server, parameters), 'sslrootcert in the address must name');
      }
    },
  );

  it('is used unchecked where the address says just that', async () => {
    await open(address(server, { sslmode: 'no-verify' }));
  });

  it('says that it wants TLS to who comes without', async () => {
    const wanted = 'the database asks for TLS: add sslmode=verify-full';
    await expectRefusal(address(server, {}), wanted);
    await expectRefusal(address(server, { sslmode: 'disable' }), wanted);
  });

  it('is checked with what the file of its authority holds by then', async () => {
    const url = address(server, { sslmode: 'verify-full', sslrootcert: 'ca.pem' });
    const storage = await openStorage({ kind: 'postgresql', url, connections: 1 }, silentLogger);
    onTestFinished(() => storage.close());
    const reconnected = async (): Promise<unknown> => {
      await server.stop();
      await server.restart();
      // The first statement may be the one that finds the old connection cut.
      await storage.ping().catch(() => undefined);
      return storage.ping().then(
        () => 'open',
        (error: unknown) => (error as Error).cause,
      );
    };
    write('ca.pem', TestCa.root().certificate.pem);
    expect(await reconnected()).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    write('ca.pem', 'half of a f');
    expect(await reconnected()).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    write('ca.pem', ca.certificate.pem);
    expect(await reconnected()).toBe('open');
  });

  it('is not connected to where a file cannot be used', async () => {
    write('junk.pem', 'junk');
    for (const [sslrootcert, reason] of [
      ['none.pem', 'cannot be read (ENOENT'],
      ['junk.pem', 'holds no certificate in PEM'],
    ] as const) {
      await expectRefusal(address(server, { sslmode: 'verify-full', sslrootcert }), reason);
    }
  });
});

describeWith('PostgreSQL with the certificate of another host', [postgresqlComponent], () => {
  let server: PostgresqlServer;
  beforeAll(async () => {
    const names = der(0x30, der(0x82, Buffer.from('db.test')));
    const certificate = ca.issue({
      commonName: 'localhost',
      extendedKeyUsage: [serverAuth],
      extraExtensions: [derExtension('2.5.29.17', false, names)],
    });
    server = await PostgresqlServer.start({ certificate });
  });
  afterAll(() => server.remove());

  it.each(['verify-full', 'verify-ca', 'require'])(
    'is refused with sslmode=%s',
    async (sslmode) => {
      const url = address(server, { sslmode, sslrootcert: 'ca.pem' });
      await expectRefusal(url, 'the address must name the host as the database’s certificate does');
    },
  );
});

describeWith('PostgreSQL that wants a certificate of its users', [postgresqlComponent], () => {
  const users = TestCa.root({ commonName: 'Database Users' });
  let server: PostgresqlServer;
  beforeAll(async () => {
    const certificate = localhostCertificate(ca);
    server = await PostgresqlServer.start({ certificate, clientAuthority: users.certificate.pem });
  });
  afterAll(() => server.remove());

  const given = { sslmode: 'verify-full', sslrootcert: 'ca.pem' };

  it('lets in who has one, without a password', async () => {
    const { pem, keyPem } = users.issue({ commonName: 'countersign' });
    write('user.pem', pem);
    write('user.key', keyPem);
    const url = new URL(address(server, { ...given, sslcert: 'user.pem', sslkey: 'user.key' }));
    url.password = '';
    await open(url.href);
  });

  it('says to who has none how to name one', async () => {
    await expectRefusal(address(server, given), 'name one with sslcert and sslkey');
  });
});

describeWith('PostgreSQL without TLS', [postgresqlComponent, programsComponent], () => {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await PostgresqlServer.start();
  });
  afterAll(() => server.remove());

  it.each(['verify-full', 'require', 'prefer'])(
    'is not spoken to in the clear with sslmode=%s',
    async (sslmode) => {
      await expectRefusal(address(server, { sslmode }), 'switch TLS on at the database');
    },
  );

  it('is told to commands without the password, with --debug too', () => {
    const url = address(server, { sslmode: 'require' });
    const { password } = new URL(url);
    const settings = ['--data-dir', `${directory}/data`];
    write('settings.json', JSON.stringify({ storage: { url } }));
    const list = ['ca', 'list', '--config', `${directory}/settings.json`, ...settings];
    for (const args of [
      list,
      ['--debug', ...list],
      ['--debug', 'storage', 'move', '--to', url, ...settings],
    ]) {
      const { exitCode, stdout, stderr } = runServerCommand(...args);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('does not support SSL');
      expect(stderr).not.toContain('SECURITY WARNING');
      for (const form of [password, decodeURIComponent(password)]) {
        expect(stdout + stderr).not.toContain(form);
      }
    }
  });
});

describe('the address of a database on another host', () => {
  it.each([
    ['postgres://user@0.0.0.0:1/countersign', true],
    ['postgres://user@0.0.0.0:1/countersign?sslmode=disable', true],
    ['postgres://user@0.0.0.0:1/countersign?sslmode=verify-full', false],
    ['postgres://user@localhost:1/countersign', false],
    ['postgres:///countersign?host=/nowhere', false],
  ])('is warned of where nothing protects it: %s', async (url, isWarned) => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    await expect(openStorage({ kind: 'postgresql', url }, logger)).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    const expected = 'database connection not encrypted: use sslmode=verify-full';
    expect(warnings).toEqual(isWarned ? [expected] : []);
  });
});
