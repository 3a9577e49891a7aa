/** What the gauges show when they are read. */
import type { Clock } from '../../core/index.ts';
import type { SigningKeys } from '../challenges/index.ts';
import type { Revocation } from '../revocation/index.ts';
import type { Storage } from '../storage/index.ts';
import type { Authorities } from '../trust/index.ts';
import type { Gauges } from './metrics.ts';
import type { Readiness } from './readiness.ts';

/** What {@link readGauges} looks at. */
export interface ScrapeContext {
  readonly storage: Storage;
  readonly authorities: Authorities;
  readonly signingKeys: SigningKeys;
  readonly revocation: Pick<Revocation, 'list'>;
  readonly readiness: Readiness;
  readonly clock: Clock;
  /** When the server's own TLS certificate ends; undefined where it speaks plain http. */
  readonly tlsExpiry: () => Date | undefined;
}

const idLength = 16;

/** Sets every gauge. A storage that does not answer leaves all but `ready` as they were. */
export async function readGauges(gauges: Gauges, context: ScrapeContext): Promise<void> {
  const checks = await context.readiness.check();
  gauges.ready.set(Number(checks.every(({ ok }) => ok)));
  const expiry = context.tlsExpiry();
  if (expiry !== undefined) gauges.tlsExpiry.set(seconds(expiry));
  if (checks.some(({ check, ok }) => check === 'storage' && !ok)) return;
  const now = context.clock.now();
  gauges.pendingTransactions.set(await context.storage.transactions.countPending(now));
  await readKeys(gauges, context, now);
  await readRevocation(gauges, context, now);
}

async function readKeys(
  gauges: Gauges,
  { authorities, signingKeys }: ScrapeContext,
  now: Date,
): Promise<void> {
  const key = (await signingKeys.list()).find(({ state }) => state === 'signing');
  if (key !== undefined) gauges.signingKeyAge.set(seconds(now) - seconds(key.createdAt));
  gauges.authorityExpiry.reset();
  for (const { id, certificate } of await authorities.list()) {
    const label = { authority: id.slice(0, idLength) };
    gauges.authorityExpiry.set(label, seconds(new Date(certificate.notAfter)));
  }
}

async function readRevocation(
  gauges: Gauges,
  { revocation }: ScrapeContext,
  now: Date,
): Promise<void> {
  const { crls, problems } = await revocation.list();
  gauges.crlAge.reset();
  gauges.crlNextUpdate.reset();
  for (const { source, thisUpdate, nextUpdate } of crls) {
    gauges.crlAge.set({ source }, seconds(now) - seconds(thisUpdate));
    if (nextUpdate !== undefined) gauges.crlNextUpdate.set({ source }, seconds(nextUpdate));
  }
  gauges.revocationProblems.set(problems.length);
}

function seconds(time: Date): number {
  return time.getTime() / 1000;
}
