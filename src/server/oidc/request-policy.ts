/**
 * Which requests are served, and what each of them needs: always a new proof of the device, whatever
 * the browser did before.
 */
import type { interactionPolicy, KoaContextWithOIDC } from 'oidc-provider';
import { reachedAcr, requestedAcrs } from './assurance.ts';
import type { OidcLibrary } from './library.ts';

/**
 * Makes the policy.
 *
 * `prompt=login` and `prompt=consent` ask for nothing more than every sign-in has: the device proves
 * itself anew, and the applications are the organisation's own.
 *
 * @param takesHints - whether a client's requests must say whom to authenticate
 */
export function createRequestPolicy(
  { interactionPolicy: library, errors }: OidcLibrary,
  takesHints: (clientId: string) => Promise<boolean>,
): interactionPolicy.DefaultPolicy {
  const { Prompt, Check } = library;

  async function needsProof(ctx: KoaContextWithOIDC): Promise<boolean> {
    const { params, result, client } = ctx.oidc;
    if (result?.login !== undefined) return false;
    if (reachedAcr(requestedAcrs(params ?? {}), ['pop', 'hwk']) === undefined) {
      throw new errors.UnmetAuthenticationRequirements(
        'none of the requested acr values is offered',
      );
    }
    if (params?.['id_token_hint'] === undefined && (await takesHints(client?.clientId ?? ''))) {
      throw new errors.InvalidRequest("missing required parameter 'id_token_hint'");
    }
    return true;
  }

  const policy = library.base();
  policy.clear();
  policy.add(
    new Prompt(
      { name: 'login', requestable: true },
      new Check('device_proof', 'the device must prove itself', 'login_required', needsProof),
    ),
  );
  policy.add(new Prompt({ name: 'consent', requestable: true }));
  return policy;
}
