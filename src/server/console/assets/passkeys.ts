/** Passkeys (WebAuthn Level 3): signing in with one, and adding one to the account. */

/** Shows the buttons where the browser can do it. */
export function offerPasskeys(): void {
  if (typeof PublicKeyCredential === 'undefined') return;
  const button = document.querySelector<HTMLButtonElement>('#use-passkey');
  if (button !== null) {
    button.hidden = false;
    button.addEventListener('click', () => {
      void attempt(button, () => signIn(button.dataset['next'] ?? ''));
    });
  }
  const form = document.querySelector<HTMLFormElement>('#add-passkey');
  if (form === null) return;
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(form.querySelector('button'), () => addPasskey(form));
  });
}

interface Ceremony<Options> {
  readonly ceremony: string;
  readonly options: Options;
}

async function signIn(next: string): Promise<string> {
  const { ceremony, options } = await post<Ceremony<PublicKeyCredentialRequestOptionsJSON>>(
    '/admin/sign-in/passkey/begin',
    {},
  );
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  const response = toJson(credential);
  return locationOf(await post('/admin/sign-in/passkey/finish', { ceremony, response, next }));
}

async function addPasskey(form: HTMLFormElement): Promise<string> {
  const csrf = form.dataset['csrf'] ?? '';
  const name = new FormData(form).get('passkey-name');
  const { ceremony, options } = await post<Ceremony<PublicKeyCredentialCreationOptionsJSON>>(
    '/admin/account/passkeys/begin',
    { csrf },
  );
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const response = toJson(await navigator.credentials.create({ publicKey }));
  const body = { csrf, ceremony, name, response };
  return locationOf(await post('/admin/account/passkeys/finish', body));
}

/** Goes where the work leads to, or says why it did not. */
async function attempt(
  button: HTMLButtonElement | null,
  work: () => Promise<string>,
): Promise<void> {
  const fault = document.querySelector('#passkey-fault');
  if (fault !== null) fault.textContent = '';
  if (button !== null) button.disabled = true;
  try {
    location.assign(await work());
  } catch (error) {
    if (fault !== null) fault.textContent = describe(error);
  } finally {
    if (button !== null) button.disabled = false;
  }
}

/** What the server refused, in its own words. */
class Refusal extends Error {}

function describe(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError')
    return 'The passkey was not used: it took too long, or was cancelled.';
  if (name === 'InvalidStateError') return 'This authenticator has a passkey of yours already.';
  return 'The server could not be reached; try again.';
}

async function post<Answer>(path: string, body: object): Promise<Answer> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { readonly detail?: string };
  if (!response.ok) throw new Refusal(answer.detail ?? 'The server refused; try again.');
  return answer as Answer;
}

function toJson(credential: Credential | null): unknown {
  if (credential instanceof PublicKeyCredential) return credential.toJSON();
  throw new Refusal('The browser gave no passkey.');
}

function locationOf({ location: target }: { readonly location: string }): string {
  return target;
}
