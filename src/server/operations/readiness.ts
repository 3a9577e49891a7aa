/** Whether the server can serve sign-ins, and if not, why. */
import { isCountersignError } from '../../core/index.ts';
import type { SigningKeys } from '../challenges/index.ts';
import type { Storage } from '../storage/index.ts';
import type { Authorities } from '../trust/index.ts';

/** One thing that sign-ins need. */
export interface ReadinessCheck {
  readonly check: 'running' | 'storage' | 'signing_key' | 'certificate_authority';
  readonly ok: boolean;
  /** A sentence, where it is not there. */
  readonly message?: string;
}

/** What {@link createReadiness} needs. */
export interface ReadinessContext {
  readonly storage: Pick<Storage, 'ping'>;
  readonly signingKeys: Pick<SigningKeys, 'current'>;
  readonly authorities: Pick<Authorities, 'trusted'>;
}

/** Tells whether the server can serve sign-ins. */
export interface Readiness {
  check(): Promise<readonly ReadinessCheck[]>;
  /** Says from now on that it cannot: it is stopping, and a load balancer is to send nobody more. */
  stop(): void;
}

/** Makes the checks. */
export function createReadiness({
  storage,
  signingKeys,
  authorities,
}: ReadinessContext): Readiness {
  let stopping = false;
  return {
    check: () =>
      Promise.all([
        tryTo('running', () => Promise.resolve(stopping ? 'The server is stopping.' : undefined)),
        tryTo('storage', async () => {
          await storage.ping();
          return undefined;
        }),
        tryTo('signing_key', async () => {
          await signingKeys.current();
          return undefined;
        }),
        tryTo('certificate_authority', async () =>
          (await authorities.trusted()).length > 0
            ? undefined
            : 'There is no certificate authority yet: an administrator must add one.',
        ),
      ]),
    stop() {
      stopping = true;
    },
  };
}

/** The answer of /readyz: 200 where everything is there, else 503, with each check. */
export async function readinessAnswer(readiness: Readiness) {
  const checks = await readiness.check();
  const ready = checks.every(({ ok }) => ok);
  return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not_ready', checks } };
}

/** @param look - gives what is wrong as a sentence, or throws */
async function tryTo(
  check: ReadinessCheck['check'],
  look: () => Promise<string | undefined>,
): Promise<ReadinessCheck> {
  try {
    const message = await look();
    return message === undefined ? { check, ok: true } : { check, ok: false, message };
  } catch (error) {
    const message = isCountersignError(error)
      ? error.message
      : 'The server failed; its log says more.';
    return { check, ok: false, message };
  }
}
