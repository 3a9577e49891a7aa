/** Whatever is thrown at the agent's doors, it answers with a typed error or not at all, and lives. */
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  parseSettings,
  parseSettingsObject,
  policyToSettings,
  startLoopback,
  type LoopbackListener,
} from '../../src/agent/index.ts';
import { CountersignError, silentLogger, systemClock } from '../../src/core/index.ts';
import { parseChallenge } from '../../src/protocol/index.ts';
import { freePorts } from '../testkit/free-ports.ts';
import { askLoopback } from '../testkit/loopback-client.ts';

const origin = 'https://login.example.com';

describe('parseSettings', () => {
  function outcome(text: string): void {
    try {
      const source = '/agent.json';
      parseSettings(policyToSettings(parseSettingsObject(text, source)), source);
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
    }
  }

  it('gives settings or a typed error for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), outcome));
  });

  it('gives settings or a typed error for any JSON under the names it knows', () => {
    const names = [
      ...['servers', 'stores', 'ports', 'proxy', 'caFile', 'auditLog', 'issuer', 'origins'],
      ...['uri', 'pinFile', 'url', 'noProxy', 'keys', 'kid', 'kty', 'crv', '__proto__'],
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.constant('https://id.example.com'),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...names), tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        outcome(JSON.stringify(value));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the loopback endpoint', () => {
  let listener: LoopbackListener;

  beforeAll(async () => {
    listener = await startLoopback({
      ports: await freePorts(1),
      origins: [origin],
      ownership: { ownerOf: () => Promise.resolve('same_user') },
      answer: ({ challengeRequest }) => {
        parseChallenge(challengeRequest);
        return Promise.reject(new Error('no fuzzer signs a challenge'));
      },
      clock: systemClock,
      logger: silentLogger,
      limits: { rate: { burst: 1e6, perSecond: 1e6 } },
    });
  });
  afterAll(async () => {
    await listener.close(100);
  });

  async function probe(): Promise<number> {
    return (await askLoopback({ port: listener.port, path: '/probe', origin })).status;
  }

  it('answers any body with a problem of the client’s', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
          fc.json().map((text) => Buffer.from(text)),
          fc
            .string({ maxLength: 500 })
            .map((challengeRequest) => Buffer.from(JSON.stringify({ challengeRequest }))),
        ),
        async (body) => {
          const { port } = listener;
          const answer = await askLoopback({
            ...{ port, origin, body, path: '/challenge', method: 'POST' },
          });
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).toBeLessThan(500);
          expect(answer.headers['access-control-allow-origin']).toBe(origin);
        },
      ),
      { numRuns: 300 },
    );
    expect(await probe()).toBe(200);
  });

  it('survives any bytes on its connections', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 500 }),
          fc
            .array(fc.constantFrom('GET ', '/probe ', 'HTTP/1.1\r\n', 'Host: ', ':', '\r\n', '\0'))
            .map((parts) => Buffer.from(parts.join(''))),
        ),
        async (bytes) => {
          const socket = connect(listener.port, '127.0.0.1');
          socket.on('error', () => undefined);
          await once(socket, 'connect');
          socket.resume().end(bytes);
          await once(socket, 'close');
        },
      ),
      { numRuns: 200 },
    );
    expect(await probe()).toBe(200);
  });
});
