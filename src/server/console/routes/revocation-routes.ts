import { readUploads } from '../form.ts';
import { revocationPage } from '../pages/revocation.ts';
import { attempt, goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';

/** Largest list that a form takes, in bytes; the command line takes larger ones. */
const maxCrlBytes = 16 << 20;

/** The same in base64url, with the rest of the form. */
const uploadLimit = Math.ceil((maxCrlBytes * 4) / 3) + 65_536;

/** Adds the revocation lists. */
export function registerRevocation({ page, action }: ConsoleScope): void {
  page('/revocation', (request) => showRevocation(request));
  action(
    '/revocation/upload',
    async (request) => {
      const [file] = readUploads(request.form);
      const { fault } = await attempt(() =>
        request.administration.crls.upload(file?.content ?? new Uint8Array()),
      );
      if (fault !== undefined) {
        const what = file?.name ?? 'The pasted text';
        const pasted = file?.name === undefined ? request.form.raw('text') : '';
        const text = `${what} was not taken: a CRL in PEM or DER form is asked for. ${fault}`;
        return showRevocation(request, text, pasted);
      }
      return goTo(['revocation'], 'The revocation list is kept.');
    },
    { bodyLimit: uploadLimit },
  );
  action('/revocation/fetch', async (request) => {
    const source = request.form.text('source');
    const { value, fault } = await attempt(() => request.administration.crls.fetch(source));
    if (value === undefined) return showRevocation(request, fault);
    return goTo(['revocation'], `Fetched from ${source}.`);
  });
  action('/revocation/delete', async ({ administration, form }) => {
    await administration.crls.remove(form.text('source'));
    return goTo(['revocation'], 'The revocation list is removed.');
  });
}

async function showRevocation(
  { administration, viewer, now }: ConsoleRequest,
  fault?: string,
  pasted = '',
) {
  const lists = await administration.crls.list();
  return show(
    revocationPage({ ...lists, fault, pasted, maxBytes: maxCrlBytes }, viewer, now),
    fault,
  );
}
