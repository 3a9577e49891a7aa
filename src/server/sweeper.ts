/**
 * Deletes what is over, in batches that never hold the storage for long, and replaces signing keys
 * that are old. Of several processes, one does it at a time.
 */
import { describeError, type Clock, type Logger } from '../core/index.ts';
import { createAuditLog } from './audit/index.ts';
import type { SigningKeys } from './challenges/index.ts';
import type { Storage } from './storage/index.ts';

/** What {@link startSweeper} needs. */
export interface SweeperContext {
  readonly storage: Storage;
  readonly signingKeys: SigningKeys;
  /** The keys that ID tokens are signed with. */
  readonly openidKeys: SigningKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process among those that share the storage. */
  readonly holder: string;
  /** Age at which a signing key is replaced, in days; 0: never. */
  readonly signingKeyAge: number;
  /** How long verdicts are kept, in days. */
  readonly signInRetention: number;
}

const interval = 30_000;

const leaseName = 'sweep';

/** A process that died in its round is followed by another after this long, in milliseconds. */
const leaseTime = 10 * interval;
const batch = 500;
/** Batches of one kind in one round; what is left waits for the next. */
const maxBatches = 20;

/** How long an ended transaction is still told as what it is, in milliseconds. */
const transactionRetention = 10 * 60_000;

/** An ended session outlives its transaction, which could open another one, in milliseconds. */
const sessionRetention = 2 * transactionRetention;
const day = 86_400_000;

/**
 * How long counts by the hour are kept at least, in days, so that a year can be compared with the one
 * before. They tell nothing of a person or a device.
 */
const countRetention = 2 * 366;

/**
 * Starts sweeping, at intervals.
 *
 * @returns stops it, once the round under way is done
 */
export function startSweeper(context: SweeperContext): () => Promise<void> {
  let round = Promise.resolve();
  const timer = setInterval(() => {
    round = round.then(() =>
      sweep(context).catch((error: unknown) => {
        context.logger.warn('sweep failed', { error: describeError(error) });
      }),
    );
  }, interval);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await round;
    await context.storage.leases.release(leaseName, context.holder).catch(() => {
      // It ends by itself.
    });
  };
}

/** One round. */
export async function sweep(context: SweeperContext): Promise<void> {
  const { storage, signingKeys, openidKeys, clock } = context;
  const now = clock.now().getTime();
  const until = new Date(now + leaseTime);
  if (!(await storage.leases.claim(leaseName, context.holder, new Date(now), until))) return;
  const ended = new Date(now - transactionRetention);
  const forgotten = new Date(now - context.signInRetention * day);
  const uncounted = new Date(now - Math.max(context.signInRetention, countRetention) * day);
  await inBatches(() => storage.transactions.sweep(ended, batch));
  await inBatches(() => storage.sessions.sweep(new Date(now - sessionRetention), batch));
  await inBatches(() => storage.administratorSessions.sweep(new Date(now), batch));
  await inBatches(() => storage.oidc.sweep(new Date(now), batch));
  await inBatches(() => storage.signIns.sweep(forgotten, batch));
  await inBatches(() => storage.signIns.sweepCounts(uncounted, batch));
  for (const [purpose, keys] of Object.entries({ challenges: signingKeys, openid: openidKeys })) {
    if (context.signingKeyAge > 0) await replaceOldKey(context, keys, purpose);
    await keys.sweep();
  }
}

/** The change and its audit entry are written as one, as where a person makes it. */
async function replaceOldKey(
  { storage, signingKeyAge, clock, logger }: SweeperContext,
  signingKeys: SigningKeys,
  purpose: string,
): Promise<void> {
  const youngest = (await signingKeys.list()).at(-1);
  if (youngest === undefined) return;
  if (clock.now().getTime() - youngest.createdAt.getTime() < signingKeyAge * day) return;
  const id = await storage.atomically(async () => {
    const key = await signingKeys.rotate(false);
    const after = { ...key, purpose, immediately: false };
    const record = { actor: 'server', via: 'server', target: key.id, after } as const;
    await createAuditLog(storage.audit, clock).append({ ...record, action: 'signing_key.rotate' });
    return key.id;
  });
  logger.info('signing key replaced by age', { id, days: signingKeyAge });
}

async function inBatches(sweepOnce: () => Promise<number>): Promise<void> {
  for (let i = 0; i < maxBatches; i++) if ((await sweepOnce()) < batch) return;
}
