/** What a form sent, and what an address asks for. */
import { decodeBase64Url, fromUtf8 } from '../../core/index.ts';
import { ServerError } from '../errors.ts';

/** Fields by name, as application/x-www-form-urlencoded has them. */
export class Fields {
  readonly #fields: URLSearchParams;

  constructor(fields: URLSearchParams) {
    this.#fields = fields;
  }

  /** A field's value without white space around it; empty where it is missing. */
  text(name: string): string {
    return this.raw(name).trim();
  }

  /** A field's value as it came: for passwords. */
  raw(name: string): string {
    return this.#fields.get(name) ?? '';
  }

  /** Every value of a field. */
  list(name: string): readonly string[] {
    return this.#fields.getAll(name);
  }

  /** The lines of a field that are not empty. */
  lines(name: string): readonly string[] {
    return this.raw(name)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }

  /**
   * A number that the form itself carries, such as a version.
   *
   * @throws ServerError `request_malformed`
   */
  integer(name: string): number {
    const text = this.text(name);
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new ServerError('request_malformed', {
      message: `The form lacks its field ${name}; load the page again.`,
    });
  }

  /** One of several values; the first one where it is another. */
  choice<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
    return choices.find((choice) => choice === this.text(name)) ?? choices[0];
  }
}

/**
 * Reads a form's body.
 *
 * @throws ServerError `request_malformed` where it is not UTF-8
 */
export function readForm(bytes: Uint8Array): Fields {
  try {
    return new Fields(new URLSearchParams(fromUtf8(bytes)));
  } catch (cause) {
    throw new ServerError('request_malformed', { message: 'The form is not UTF-8 text.', cause });
  }
}

/** A file that a form carries. */
export interface UploadedFile {
  /** Its name; undefined for text that was pasted. */
  readonly name: string | undefined;
  readonly content: Uint8Array;
}

/** Most files of one form. */
const maxFiles = 16;

/**
 * The files of a form: those that the script put into it, each as a name and its content in
 * base64url, and the text that was pasted, where there is some.
 *
 * @throws ServerError `request_malformed`
 */
export function readUploads(form: Fields): readonly UploadedFile[] {
  const contents = form.list('file-content');
  if (contents.length > maxFiles) {
    throw new ServerError('request_malformed', {
      message: `At most ${maxFiles} files can be sent at a time.`,
    });
  }
  const names = form.list('file-name');
  const files = contents.map((text, index) => ({
    name: (names[index] ?? '').slice(0, 200),
    content: readContent(text),
  }));
  const pasted = form.raw('text');
  if (pasted.trim() === '' && files.length > 0) return files;
  return [...files, { name: undefined, content: new TextEncoder().encode(pasted) }];
}

function readContent(text: string): Uint8Array {
  const content = decodeBase64Url(text);
  if (content !== undefined) return content;
  throw new ServerError('request_malformed', { message: 'A file in the form cannot be read.' });
}
