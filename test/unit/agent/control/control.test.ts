import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  openControlServer,
  requestStatus,
  type AgentStatus,
  type ControlServer,
} from '../../../../src/agent/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

const status: AgentStatus = {
  version: '1',
  processId: 1,
  startedAt: '2026-03-01T12:00:00.000Z',
  port: 21861,
  addresses: ['127.0.0.1'],
  settingsSource: '/etc/countersign/agent.json',
  settingsProblems: [],
  servers: ['https://id.example.com'],
  stores: [],
  challenges: { managed: 0, refused: 0, declined: 0, failed: 0 },
};

const open: ControlServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(socket: string): Promise<ControlServer> {
  const server = await openControlServer(socket, () => status);
  open.push(server);
  return server;
}

describe('the control channel', () => {
  it('answers the agent’s status on a socket that only its owner can use', async () => {
    const socket = path.join(scratchDirectory(), 'agent.sock');
    await start(socket);
    expect(await requestStatus(socket)).toEqual(status);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['POST', '/status'],
    ['GET', '/'],
    ['GET', '/status/'],
  ])('answers nothing else: %s %s', async (method, resource) => {
    const socketPath = path.join(scratchDirectory(), 'agent.sock');
    await start(socketPath);
    const asked = request({ socketPath, method, path: resource }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(404);
    expect(await text(response)).toBe('');
  });

  it('belongs to one agent at a time', async () => {
    const socket = path.join(scratchDirectory(), 'agent.sock');
    await start(socket);
    expect(await codeOfRejection(start(socket))).toBe('already_running');
    expect(await requestStatus(socket)).toEqual(status);
  });

  it('replaces the socket of an agent that died', async () => {
    const socket = path.join(scratchDirectory(), 'agent.sock');
    // What a killed process leaves: a socket file with nobody behind it.
    writeFileSync(socket, '');
    expect(await codeOfRejection(requestStatus(socket))).toBe('not_running');
    await start(socket);
    expect(await requestStatus(socket)).toEqual(status);
  });

  it('is had by exactly one of several agents that start at once over what dead ones left', async () => {
    for (let round = 0; round < 8; round++) {
      const directory = scratchDirectory();
      const socket = path.join(directory, 'agent.sock');
      writeFileSync(socket, '');
      mkdirSync(path.join(directory, 'lock'));
      for (const dead of ['0', '1']) writeFileSync(path.join(directory, 'lock', dead), '');
      const codes = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const opened = start(socket);
          return opened.then(
            () => 'won',
            () => codeOfRejection(opened),
          );
        }),
      );
      expect(codes.sort()).toEqual([...Array<string>(7).fill('already_running'), 'won']);
      expect(await requestStatus(socket)).toEqual(status);
      expect(readdirSync(directory).sort()).toEqual(['agent.sock', 'lock']);
    }
  });

  it('leaves an agent alone that knows of no lock', async () => {
    const socket = path.join(scratchDirectory(), 'agent.sock');
    const other = createServer((connection) => connection.destroy()).listen(socket);
    await once(other, 'listening');
    expect(await codeOfRejection(start(socket))).toBe('already_running');
    expect(existsSync(socket)).toBe(true);
    other.close();
  });

  it('cannot be had where something else has the name of the lock', async () => {
    const directory = scratchDirectory();
    writeFileSync(path.join(directory, 'lock'), '');
    const socket = path.join(directory, 'agent.sock');
    expect(await codeOfRejection(start(socket))).toBe('control_unavailable');
    expect(readdirSync(directory)).toEqual(['lock']);
  });

  it('goes away with the agent', async () => {
    const directory = scratchDirectory();
    const socket = path.join(directory, 'agent.sock');
    const server = await start(socket);
    await server.close();
    expect(readdirSync(directory)).toEqual([]);
    expect(await codeOfRejection(requestStatus(socket))).toBe('not_running');
  });

  it.each([
    ['breaks off in the middle', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"ver'],
    ['is no JSON', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\njunk'],
    ['is an error', 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n'],
    ['is no HTTP', 'junk'],
  ])('is not understood where the answer %s', async (_, answer) => {
    const socket = path.join(scratchDirectory(), 'agent.sock');
    const server = createServer((connection) => {
      connection.once('data', () => connection.end(answer));
    }).listen(socket);
    await once(server, 'listening');
    await expect(requestStatus(socket)).rejects.toMatchObject({
      code: 'control_unavailable',
      message: expect.stringContaining(socket) as unknown,
    });
    server.close();
  });

  it('cannot be had in a directory that is missing or on a path that is too long', async () => {
    const directory = scratchDirectory();
    const missing = path.join(directory, 'missing', 'agent.sock');
    expect(await codeOfRejection(start(missing))).toBe('control_unavailable');
    mkdirSync(path.join(directory, 'agent.sock'));
    const taken = path.join(directory, 'agent.sock');
    expect(await codeOfRejection(start(taken))).toBe('control_unavailable');
  });

  it('is not believed where something else answers', async () => {
    const socket = path.join(scratchDirectory(), 'agent.sock');
    const other = createServer((connection) => {
      connection.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\njunk');
    }).listen(socket);
    await once(other, 'listening');
    expect(await codeOfRejection(requestStatus(socket))).toBe('control_unavailable');
    other.close();
  });
});
