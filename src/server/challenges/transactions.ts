/** Starting, watching and cancelling a transaction: the sign-in page's side. */
import {
  encodeBase64Url,
  type Clock,
  type RandomSource,
  type SignatureAlgorithm,
} from '../../core/index.ts';
import type { TransactionStart, TransactionStatus } from '../../protocol/index.ts';
import { challengeTerms, type ChallengeTerms } from '../../verifier/index.ts';
import { ServerError } from '../errors.ts';
import type { Storage, Transaction } from '../storage/index.ts';
import type { Platforms } from '../trust/index.ts';
import { hashTerms, makeNonce, signChallenge } from './challenge-issuer.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What {@link createTransactions} needs. */
export interface TransactionsContext {
  readonly storage: Storage;
  readonly platforms: Pick<Platforms, 'trusted'>;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** @returns the server's issuer URL */
  readonly issuer: () => string;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly loopbackPorts: readonly number[];
  /** How long a challenge lives, in seconds. */
  readonly lifetimeSeconds: number;
  /** Most transactions pending at a time; beyond it, the oldest expire. */
  readonly maxPending: number;
}

/** For whom a transaction is started. */
export interface Asker {
  /** Id of the application. */
  readonly application?: string | undefined;
  /** Whom the application says it signs in. */
  readonly user?: string | undefined;
}

/** The sign-in page's side of transactions. `session` is the hash of its browser session. */
export interface Transactions {
  /**
   * Starts a transaction.
   *
   * @param origin - the web origin of the page
   * @param asker - for which application and person; the server's own pages have neither
   * @throws ServerError `trust_not_configured`
   */
  start(session: string, origin: string, asker?: Asker): Promise<TransactionStart>;
  /**
   * As {@link start}, for a browser that was here before: its pending transaction, where it asks the
   * same and has a quarter of its life left.
   */
  resume(session: string, origin: string, asker?: Asker): Promise<TransactionStart>;
  /** @throws ServerError `transaction_unknown`, also for another browser's transaction */
  status(id: string, session: string | undefined): Promise<TransactionStatus>;
  /**
   * Cancels a transaction that has no verdict; one that is over already stays as it is.
   *
   * @throws ServerError `transaction_unknown` or, where there is a verdict, `transaction_answered`
   */
  cancel(id: string, session: string | undefined): Promise<void>;
}

const identifierBytes = 16;

/** How long the verdict on a proof taken in time may still come, in milliseconds. */
const verdictGrace = 30_000;

/** Makes the service. */
export function createTransactions(context: TransactionsContext): Transactions {
  const { storage, clock } = context;

  async function findOwn(id: string, session: string | undefined): Promise<Transaction> {
    const transaction = session === undefined ? undefined : await storage.transactions.find(id);
    if (transaction === undefined || transaction.session !== session) {
      throw new ServerError('transaction_unknown');
    }
    return transaction;
  }

  async function ask(session: string, origin: string, asker: Asker = {}): Promise<Requested> {
    const authorities = await context.platforms.trusted();
    if (authorities.length === 0) throw new ServerError('trust_not_configured');
    const { algorithms } = context;
    const terms = challengeTerms({ issuer: context.issuer(), origin, authorities, algorithms });
    return { asked: { session, origin, ...asker, terms: hashTerms(terms) }, terms };
  }

  function describeStart({ id, challenge, expiresAt }: Started): TransactionStart {
    return {
      transaction: id,
      challengeRequest: challenge,
      loopback: { ports: context.loopbackPorts },
      expiresAt: expiresAt.toISOString(),
    };
  }

  return {
    async start(session, origin, asker) {
      return describeStart(await add(context, await ask(session, origin, asker)));
    },
    async resume(session, origin, asker) {
      const request = await ask(session, origin, asker);
      return describeStart(
        (await findPending(context, request.asked)) ?? (await add(context, request)),
      );
    },
    async status(id, session) {
      return describeTransaction(await findOwn(id, session), storage, clock.now());
    },
    async cancel(id, session) {
      await findOwn(id, session);
      if (await storage.transactions.cancel(id)) return;
      const { state } = await findOwn(id, session);
      if (state === 'managed' || state === 'refused') throw new ServerError('transaction_answered');
    },
  };
}

/** Who asks for a transaction, and on which terms. */
interface Requested {
  readonly asked: Asker & Pick<Transaction, 'session' | 'origin' | 'terms'>;
  /** What the hash in `asked` is of. */
  readonly terms: ChallengeTerms;
}
type Started = Pick<Transaction, 'id' | 'challenge' | 'expiresAt'>;

function findPending(
  context: TransactionsContext,
  asked: Requested['asked'],
): Promise<Started | undefined> {
  const now = context.clock.now().getTime();
  const lifetime = context.lifetimeSeconds * 1000;
  const [expiresAfter, expiresUntil] = [new Date(now + lifetime / 4), new Date(now + lifetime)];
  return context.storage.transactions.findPending({ ...asked, expiresAfter, expiresUntil });
}

async function add(context: TransactionsContext, { asked, terms }: Requested): Promise<Started> {
  const now = context.clock.now();
  const issuedAt = Math.floor(now.getTime() / 1000);
  const expiresAt = issuedAt + context.lifetimeSeconds;
  const id = encodeBase64Url(context.random.bytes(identifierBytes));
  const nonce = makeNonce(context.random);
  const challenge = signChallenge(
    { ...terms, transaction: id, nonce, issuedAt, expiresAt },
    await context.signingKeys.current(),
  );
  const transaction = {
    ...asked,
    id,
    nonce,
    challenge,
    createdAt: now,
    expiresAt: new Date(expiresAt * 1000),
  };
  await context.storage.transactions.add(transaction, context.maxPending);
  return transaction;
}

/** How a transaction stands. */
export async function describeTransaction(
  transaction: Transaction,
  storage: Pick<Storage, 'signIns'>,
  now: Date,
): Promise<TransactionStatus> {
  const { id, state, challenge, expiresAt } = transaction;
  switch (state) {
    case 'cancelled':
    case 'expired':
      return { transaction: id, status: state };
    case 'managed':
    case 'refused': {
      const signIn = await storage.signIns.find(id);
      if (signIn === undefined) throw new ServerError('transaction_unknown');
      return { transaction: id, status: state, result: signIn.result };
    }
    case 'pending':
    case 'taken': {
      const end = expiresAt.getTime() + (state === 'taken' ? verdictGrace : 0);
      if (end <= now.getTime()) return { transaction: id, status: 'expired' };
      return {
        transaction: id,
        status: 'pending',
        challengeRequest: challenge,
        expiresAt: expiresAt.toISOString(),
      };
    }
  }
}
