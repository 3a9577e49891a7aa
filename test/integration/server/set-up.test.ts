/** The first administrator of a server as it is started: by the token in its data directory. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programsComponent, TestServer } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { readProblem } from './server-rig.ts';

describeWith('a server without an administrator', [programsComponent], () => {
  let server: TestServer;
  let tokenFile: string;

  beforeAll(async () => {
    server = await TestServer.start({ authorities: [], loopbackPorts: [1] });
    tokenFile = `${server.dataDirectory}/setup-token`;
  });
  afterAll(() => server.remove());

  const setUp = (token: string): Promise<Response> =>
    fetch(`${server.origin}/admin/api/setup`, {
      method: 'POST',
      body: JSON.stringify({ token, name: 'alice', password: 'correct horse battery' }),
    });

  it('keeps a set-up token for its owner alone, and logs where, never what', async () => {
    expect(statSync(tokenFile).mode & 0o077).toBe(0);
    await server.stop();
    const { log } = server;
    expect(log).toContain(tokenFile);
    expect(log).toContain(`${server.origin}/admin/setup`);
    expect(log).not.toContain(readFileSync(tokenFile, 'utf8').trim());
  });

  it('lets the token make the first administrator after a restart, and forgets it', async () => {
    const token = readFileSync(tokenFile, 'utf8').trim();
    await server.restart();
    expect(await readProblem(await setUp('wrong'))).toEqual([401, 'setup_token_invalid']);
    expect((await setUp(token)).status).toBe(201);
    expect(await readProblem(await setUp(token))).toEqual([409, 'setup_done']);
    await server.stop();
    await server.restart();
    expect(existsSync(tokenFile)).toBe(false);
    expect(await readProblem(await setUp(token))).toEqual([401, 'setup_token_invalid']);
    expect(server.command('audit', 'verify')).toBe('The audit log is whole: 2 entries.\n');
  });

  it('lets in who a command has given a new password, while it runs', async () => {
    const made = /password: (.*)\n/.exec(server.command('admin', 'reset', 'alice'))?.[1];
    const response = await fetch(`${server.origin}/admin/api/session`, {
      method: 'POST',
      body: JSON.stringify({ name: 'alice', password: made }),
    });
    expect(response.status).toBe(201);
  });
});
