/** An operation of the admin API: one definition gives its route, its checks and its documentation. */
import type { Actor, Administration } from '../../administration/index.ts';
import type { SignedIn } from '../../admins/index.ts';
import type { JsonSchema } from './json-schema.ts';

/**
 * Who may: `anyone`, without signing in; `auditor`, whoever is signed in or has a token; `admin`;
 * `session`, whoever is signed in with a browser.
 */
export type OperationRole = 'anyone' | 'auditor' | 'admin' | 'session';

/** What an operation takes. */
export type OperationBody =
  | { readonly kind: 'json'; readonly schema: JsonSchema }
  | {
      readonly kind: 'file';
      /** Largest file, in bytes. */
      readonly maxBytes: number;
      readonly description: string;
    };

/** What an operation answers when all is well. */
export interface OperationAnswer {
  readonly status: 200 | 201 | 204;
  readonly description: string;
  /** Of its JSON; undefined where there is none. */
  readonly schema?: JsonSchema | undefined;
  /** Media types of what is streamed instead. */
  readonly streams?: readonly string[] | undefined;
}

/** A request that has passed every check of its operation's definition. */
export interface OperationRequest<Body, Query> {
  readonly body: Body;
  readonly query: Query;
  readonly params: Readonly<Record<string, string>>;
  readonly address: string;
  /** Who asks; undefined for operations that anyone may. */
  readonly actor: Actor | undefined;
  /** The use cases in the actor's name. @throws AdminError `sign_in_required` where there is none */
  readonly administration: Administration;
  /** The browser session; undefined for tokens. */
  readonly signedIn: SignedIn | undefined;
  /** Has the answer set a cookie. */
  setCookie(header: string): void;
}

/** What is sent line by line. */
export interface StreamedAnswer {
  readonly mediaType: string;
  readonly fileName: string;
  readonly lines: AsyncIterable<string>;
}

/** Definition of an operation whose body and query have known types. */
export interface OperationDefinition<Body, Query> {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /admin/api, with `{name}` for what varies. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly role: OperationRole;
  readonly query?: Readonly<Record<string, JsonSchema>> | undefined;
  /** Members of `query` that must be there. */
  readonly requiredQuery?: readonly string[] | undefined;
  readonly body?: OperationBody | undefined;
  readonly answer: OperationAnswer;
  /** Statuses of refusals that only this operation has, besides those that follow from the rest. */
  readonly refusals?: readonly number[] | undefined;
  handle(request: OperationRequest<Body, Query>): Promise<unknown>;
}

/** Any operation. */
export type Operation = OperationDefinition<unknown, unknown>;

/**
 * Forgets the types of body and query, which the definition's schemas vouch for.
 *
 * @param definition - its schemas describe `Body` and `Query`
 */
export function operation<Body = undefined, Query = undefined>(
  definition: OperationDefinition<Body, Query>,
): Operation {
  return definition;
}

/** Answer without content. */
export const noContent: OperationAnswer = { status: 204, description: 'Done.' };

/** Answer with JSON. */
export function json(
  schema: JsonSchema,
  description = 'As asked.',
  status: 200 | 201 = 200,
): OperationAnswer {
  return { status, description, schema };
}
