/** What every use case goes through: the actor's role, and the audit log. */
import { requireRecentSignIn } from '../admins/index.ts';
import type { Actor } from './actor.ts';
import type { AdministrationContext } from './context.ts';
import { AdministrationError } from './errors.ts';

/** A change that was made, and what the audit log says of it. */
export interface Change<T> {
  readonly result: T;
  /** Id of what was changed. */
  readonly target?: string | undefined;
  /** State before and after; undefined where there is none. Never secrets. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Makes a change, named by its action, and returns what came of it. */
type MakeChange = <T>(action: string, work: () => Promise<Change<T>>) => Promise<T>;

/** Makes changes in the name of an actor. */
export interface Acting {
  readonly actor: Actor;
  /**
   * For what lets somebody sign in or act, before any work for it: only soon after one's own sign-in.
   *
   * @throws AdministrationError `role_required`, AdminError `sign_in_old`
   */
  readonly requireAccess: () => void;
  /**
   * Makes a change of the storage alone, and its audit entry: both or neither.
   *
   * @param action - such as `certificate_authority.add`
   * @param work - may run again from its start
   * @throws AdministrationError `role_required`
   */
  readonly change: MakeChange;
  /** As {@link change}, for what {@link requireAccess} is for. */
  readonly changeAccess: MakeChange;
  /**
   * As {@link change}, for work that waits for more than the storage, which must not be held up
   * meanwhile: the entry follows the change.
   */
  readonly changeThenRecord: MakeChange;
}

/** What {@link actAs} needs. */
type ActingContext = Pick<AdministrationContext, 'storage' | 'audit' | 'clock'>;

/** Makes one for an actor. */
export function actAs(actor: Actor, { storage, audit, clock }: ActingContext): Acting {
  const requireAdmin = (): void => {
    if (actor.role !== 'admin') throw new AdministrationError('role_required');
  };
  async function record<T>(action: string, work: () => Promise<Change<T>>): Promise<T> {
    const { result, target, before, after } = await work();
    const { name, via, address } = actor;
    await audit.append({ actor: name, via, address, action, target, before, after });
    return result;
  }
  const change: MakeChange = async (action, work) => {
    requireAdmin();
    return storage.atomically(() => record(action, work));
  };
  const requireAccess = (): void => {
    requireAdmin();
    if (actor.signedInAt !== undefined) requireRecentSignIn(actor.signedInAt, clock.now());
  };
  return {
    actor,
    requireAccess,
    change,
    async changeAccess(action, work) {
      requireAccess();
      return change(action, work);
    },
    async changeThenRecord(action, work) {
      requireAdmin();
      return record(action, work);
    },
  };
}
