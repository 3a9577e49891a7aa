/** Apache with mod_auth_openidc: a relying party that nobody here wrote. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findCommand } from './find-command.ts';
import { freePorts } from './free-ports.ts';
import { isListening } from './is-listening.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import { readPage, snippets } from './pages.ts';
import type { Component } from './require-component.ts';
import { until } from './until.ts';

const modules = '/usr/lib/apache2/modules';

/** Apache with mod_auth_openidc, for `describeWith`. */
export const apacheComponent: Component = {
  name: 'Apache with mod_auth_openidc',
  found: existsSync(`${modules}/mod_auth_openidc.so`) ? findCommand('apache2') : undefined,
  howToGet: 'apt-get install apache2 libapache2-mod-auth-openidc',
};

/** What the relying party knows of its provider. */
export interface ApacheTerms {
  readonly discovery: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The configuration that docs/deploy/oidc.md shows, with these values in place of its own. */
function documentedConfiguration(values: Readonly<Record<string, string>>): string {
  const shown = snippets(readPage('docs/deploy/oidc.md')).find(
    ({ language }) => language === 'apache',
  );
  if (shown === undefined) throw new Error('docs/deploy/oidc.md shows no configuration of Apache');
  return shown.code.replaceAll(/^(\w+)( +).+$/gm, (line, name: string, space: string) =>
    name in values ? `${name}${space}${values[name] ?? ''}` : line,
  );
}

/** Apache on a free port, with one page behind the sign-in that shows what it was told. */
export class Apache {
  /** By name, as a site of its own: the provider is at an address. */
  readonly origin: string;
  readonly #directory: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.#directory = makeScratchDirectory();
    this.origin = `http://localhost:${port}`;
  }

  /** Takes a port; {@link start} serves there. */
  static async reserve(): Promise<Apache> {
    const [port = 0] = await freePorts(1);
    return new Apache(port);
  }

  /** The page behind the sign-in. */
  get page(): string {
    return `${this.origin}/protected/`;
  }

  get redirectUri(): string {
    return `${this.origin}/protected/callback`;
  }

  get log(): string {
    return readFileSync(path.join(this.#directory, 'error.log'), 'utf8');
  }

  async start(executable: string, terms: ApacheTerms): Promise<void> {
    const site = path.join(this.#directory, 'site', 'protected');
    mkdirSync(site, { recursive: true });
    // Apache's workers are another user.
    chmodSync(this.#directory, 0o755);
    writeFileSync(path.join(site, 'index.shtml'), page);
    const file = path.join(this.#directory, 'apache.conf');
    writeFileSync(file, this.#configuration(terms), { mode: 0o600 });
    this.#process = spawn(executable, ['-D', 'FOREGROUND', '-f', file], { stdio: 'ignore' });
    await this.#untilListening(this.#process);
  }

  /** Stops it and removes its files. */
  async close(): Promise<void> {
    const running = this.#process;
    if (running?.exitCode === null) {
      const ended = new Promise((resolve) => running.once('close', resolve));
      running.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #configuration({ discovery, clientId, clientSecret }: ApacheTerms): string {
    const load = [
      'mpm_event',
      'authn_core',
      'authz_core',
      'authz_user',
      'mime',
      'dir',
      'include',
      'auth_openidc',
    ];
    return `
ServerName localhost
Listen 127.0.0.1:${this.#port}
PidFile ${this.#directory}/apache.pid
ErrorLog ${this.#directory}/error.log
LogLevel info
Mutex file:${this.#directory}
${load.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
StartServers 1
DocumentRoot ${this.#directory}/site
DirectoryIndex index.shtml
TypesConfig /dev/null
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
<Directory ${this.#directory}/site>
  Options +Includes
</Directory>

${documentedConfiguration({
  OIDCProviderMetadataURL: discovery,
  OIDCClientID: clientId,
  OIDCClientSecret: clientSecret,
  OIDCRedirectURI: this.redirectUri,
  OIDCCryptoPassphrase: clientSecret,
})}`;
  }

  /** A watch on its files could begin too late: it starts within milliseconds. */
  async #untilListening(running: ChildProcess): Promise<void> {
    const settled = await until(
      async () => running.exitCode !== null || (await isListening(this.#port)),
    );
    if (!settled || running.exitCode !== null) {
      throw new Error(`Apache did not start:\n${this.log}`);
    }
  }
}

/** A page that shows what the sign-in told Apache. */
const page = `<!doctype html>
<title>Behind the sign-in</title>
<h1>Behind the sign-in</h1>
<dl>
${['sub', 'acr', 'amr', 'device_id', 'txn']
  .map((name) => `<dt>${name}</dt><dd id="${name}"><!--#echo var="OIDC_CLAIM_${name}" --></dd>`)
  .join('\n')}
</dl>
`;
