/**
 * Files that are dropped or chosen go into the form that is there without the script too, as names and
 * base64url, and the form is sent: one way to the server, and its answer is a page.
 */

/** Shows the drop zones, and lets them take files. */
export function openDropZones(): void {
  const zones = document.querySelectorAll<HTMLElement>('.drop-zone');
  if (zones.length > 0) keepPage();
  for (const zone of zones) {
    const form = zone.closest('form');
    const input = zone.querySelector<HTMLInputElement>('input[type="file"]');
    if (form === null || input === null) continue;
    zone.hidden = false;
    const take = (files: FileList | null | undefined): void => {
      if (files === null || files === undefined || files.length === 0) return;
      const chosen = input.multiple ? [...files] : [...files].slice(0, 1);
      void send(form, chosen, Number(zone.dataset['maxBytes']));
    };
    input.addEventListener('change', () => {
      take(input.files);
    });
    watchDrops(zone, (transfer) => {
      take(transfer?.files);
    });
  }
}

/** A file that is let go beside the zone would be opened in place of the page. */
function keepPage(): void {
  for (const kind of ['dragover', 'drop']) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
    });
  }
}

function watchDrops(zone: HTMLElement, take: (transfer: DataTransfer | null) => void): void {
  const mark = (event: DragEvent): void => {
    event.preventDefault();
    zone.dataset['over'] = '';
  };
  zone.addEventListener('dragenter', mark);
  zone.addEventListener('dragover', mark);
  zone.addEventListener('dragleave', () => {
    delete zone.dataset['over'];
  });
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    delete zone.dataset['over'];
    take(event.dataTransfer);
  });
}

async function send(
  form: HTMLFormElement,
  files: readonly File[],
  maxBytes: number,
): Promise<void> {
  for (const file of files) {
    // One byte more than a file may have, so that the server says what is wrong with a larger one.
    const bytes = new Uint8Array(await file.slice(0, maxBytes + 1).arrayBuffer());
    form.append(hidden('file-name', file.name), hidden('file-content', toBase64Url(bytes)));
  }
  form.submit();
}

function hidden(name: string, value: string): HTMLInputElement {
  const input = document.createElement('input');
  input.type = 'hidden';
  input.name = name;
  input.value = value;
  return input;
}

const chunk = 0x8000;

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += chunk) {
    text += String.fromCharCode(...bytes.subarray(start, start + chunk));
  }
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
