/** An agent that stops when the other end of a socket closes it, as its Windows service has it stop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePorts } from '../../testkit/free-ports.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { makeScratchDirectory } from '../../testkit/scratch-directory.ts';

describeWith('an agent that is given a socket', [programsComponent], ([program = '']) => {
  let directory: string;
  let config: string;
  const host = createServer();

  beforeEach(async () => {
    directory = makeScratchDirectory();
    config = path.join(directory, 'agent.json');
    const settings = {
      servers: [{ issuer: 'https://id.example.test', origins: ['https://login.example.test'] }],
      ports: await freePorts(1),
      stateDirectory: path.join(directory, 'state'),
    };
    writeFileSync(config, JSON.stringify(settings));
  });
  afterEach(() => {
    host.close();
  });

  function start(socket: string) {
    const args = [program, 'run', '--config', config, '--stop-on-close', socket];
    return spawn(process.execPath, args, {
      env: { ...process.env, XDG_RUNTIME_DIR: directory },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  it('runs while it is open, and stops as it would for a signal once it is closed', async () => {
    const socket = path.join(directory, 'host.sock');
    await once(host.listen(socket), 'listening');
    const connected = once(host, 'connection');
    const agent = start(socket);
    const ended = once(agent, 'exit');
    const [connection] = (await connected) as [Socket];
    const [line] = (await once(agent.stdout, 'data')) as [Buffer];
    expect(line.toString()).toMatch(/^listening on /);
    expect(agent.exitCode).toBeNull();
    connection.destroy();
    expect(await ended).toEqual([0, null]);
  });

  it('does not go on where nobody is at the other end', async () => {
    expect(await once(start(path.join(directory, 'none.sock')), 'exit')).toEqual([0, null]);
  });
});
