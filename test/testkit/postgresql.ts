/** A PostgreSQL server of a suite's own, on a free port of the loopback interface. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { freePorts } from './free-ports.ts';
import type { Component } from './require-component.ts';
import type { TestCertificate } from './test-ca.ts';

const programs = findPrograms();

/** PostgreSQL's server, for `describeWith`. */
export const postgresqlComponent: Component = {
  name: 'PostgreSQL',
  found: programs,
  howToGet: 'apt-get install postgresql',
};

/** Debian keeps the server's programs out of PATH, in a directory of each version. */
function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  return [
    ...versions.map((version) => path.join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
  ].find((directory) => ['initdb', 'postgres'].every((name) => existsSync(`${directory}/${name}`)));
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root: then it runs as the user of Debian's package. */
function serverIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

/** With characters that an address must have encoded. */
const password = 'p@ss/word:1';

const startTimeout = 60_000;

/** How a server speaks TLS, and with nobody otherwise. */
export interface PostgresqlTls {
  readonly certificate: TestCertificate;
  /** PEM of the authority whose certificates users log in with, instead of their password. */
  readonly clientAuthority?: string;
}

/** A running server. Its data lies in a directory that {@link remove} deletes. */
export class PostgresqlServer {
  readonly #directory: string;
  readonly #port: number;
  readonly #identity: Identity;
  readonly #settings: string[] = ['fsync=off', 'unix_socket_directories='];
  #child: ChildProcess | undefined;
  #databases = 0;

  private constructor(directory: string, port: number, identity: Identity) {
    this.#directory = directory;
    this.#port = port;
    this.#identity = identity;
    process.once('exit', () => this.#child?.kill('SIGQUIT'));
  }

  /** Makes a cluster and starts its server, which speaks TLS with nobody unless told. */
  static async start(tls?: PostgresqlTls): Promise<PostgresqlServer> {
    const identity = serverIdentity();
    const directory = mkdtempSync(path.join(tmpdir(), 'countersign-postgresql-'));
    if (identity.uid !== undefined) chownSync(directory, identity.uid, identity.gid ?? 0);
    const passwordFile = `${directory}.password`;
    writeFileSync(passwordFile, password, { mode: 0o644 });
    const options = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync'];
    options.push('--username=countersign', '--encoding=UTF8', '--locale=C');
    const made = spawnSync(path.join(programs ?? '', 'initdb'), [...options, '-D', directory], {
      encoding: 'utf8',
      cwd: directory,
      ...identity,
    });
    rmSync(passwordFile);
    if (made.status !== 0) throw new Error(`initdb failed:\n${made.stderr}`);
    const [port = 0] = await freePorts(1);
    const server = new PostgresqlServer(directory, port, identity);
    if (tls !== undefined) server.#setUpTls(tls);
    await server.restart();
    return server;
  }

  /** Has it speak TLS from its next start on. */
  #setUpTls({ certificate, clientAuthority }: PostgresqlTls): void {
    this.#write('server.crt', certificate.pem);
    this.#write('server.key', certificate.keyPem);
    this.#settings.push('ssl=on');
    const method = clientAuthority === undefined ? 'scram-sha-256' : 'cert';
    this.#write('pg_hba.conf', `hostssl all all 127.0.0.1/32 ${method}\n`);
    if (clientAuthority === undefined) return;
    this.#write('root.crt', clientAuthority);
    this.#settings.push('ssl_ca_file=root.crt');
  }

  #write(name: string, content: string): void {
    const file = path.join(this.#directory, name);
    writeFileSync(file, content, { mode: 0o600 });
    if (this.#identity.uid !== undefined)
      chownSync(file, this.#identity.uid, this.#identity.gid ?? 0);
  }

  /** Makes an empty database. @returns its URL */
  async createDatabase(): Promise<string> {
    const name = `suite_${(this.#databases += 1)}`;
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    return this.url(name);
  }

  /** Deletes every row of a database. */
  async empty(url: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables
       WHERE schemaname = 'public' AND tablename <> 'schema_version'`,
    );
    await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')} RESTART IDENTITY`);
    await client.end();
  }

  /** Starts it (again), at the same port. */
  async restart(): Promise<void> {
    const settings = [`port=${this.#port}`, ...this.#settings];
    this.#child = spawn(
      path.join(programs ?? '', 'postgres'),
      ['-D', this.#directory, ...settings.flatMap((setting) => ['-c', setting])],
      { stdio: ['ignore', 'ignore', 'pipe'], cwd: this.#directory, ...this.#identity },
    );
    await ready(this.#child);
  }

  /** Stops it at once: connections are cut, what was committed stays. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    await ended;
  }

  /** Stops it and deletes its data. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The URL of a database; `postgres` is there from the start. */
  url(database: string): string {
    return `postgres://countersign:${encodeURIComponent(password)}@127.0.0.1:${this.#port}/${database}`;
  }
}

/** Resolves when the server says that it takes connections. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (): void => {
      reject(new Error(`PostgreSQL did not start:\n${log}`));
    };
    const timer = setTimeout(fail, startTimeout);
    child.once('close', fail);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (!log.includes('ready to accept connections')) return;
      clearTimeout(timer);
      child.off('close', fail);
      log = '';
      resolve();
    });
  });
}
