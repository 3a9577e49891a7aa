/** A client of the admin API that knows of it what its OpenAPI document says, and holds answers to it. */
import ajvFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ServerRig } from './server-rig.ts';

interface DocumentedOperation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}

/** An OpenAPI document, as far as the tests read it. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: object;
}

/** What is asked for. */
export interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Bytes or text as they are; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON; undefined where there is none. */
  readonly json: unknown;
}

/** Every operation of a document: id, method and path. */
export function operationsOf({ paths }: OpenApiDocument) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...{ id: described.operationId, method: method.toUpperCase(), path, described },
    })),
  );
}

/** See the head of this file. */
export class AdminClient {
  readonly document: OpenApiDocument;
  /** Every operation that was called, with the status it answered. */
  readonly seen = new Set<string>();
  readonly #rig: ServerRig;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<object, ValidateFunction>();

  private constructor(rig: ServerRig, document: OpenApiDocument) {
    this.#rig = rig;
    this.document = document;
    this.#ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    ajvFormats.default(this.#ajv);
    this.#ajv.addVocabulary(['components']);
  }

  static async connect(rig: ServerRig): Promise<AdminClient> {
    const response = await rig.fetch('/admin/api/openapi.json');
    return new AdminClient(rig, (await response.json()) as OpenApiDocument);
  }

  /** Calls an operation, and checks its answer against the document. */
  async call(id: string, { params = {}, query, body, headers = {} }: Call = {}): Promise<Answer> {
    const found = operationsOf(this.document).find((one) => one.id === id);
    if (found === undefined) throw new Error(`the document has no operation ${id}`);
    const path = found.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(params[name] ?? ''),
    );
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
    const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
    const response = await this.#rig.fetch(`/admin/api${path}${search}`, {
      ...{ method: found.method, headers },
      body: isJson ? JSON.stringify(body) : ((body ?? null) as BodyInit | null),
    });
    const text = await response.text();
    const json = this.#check(found, response, text);
    this.seen.add(`${id} ${response.status}`);
    return { status: response.status, headers: response.headers, text, json };
  }

  #check(
    found: ReturnType<typeof operationsOf>[number],
    response: Response,
    text: string,
  ): unknown {
    const what = `${found.id} ${response.status} ${text.slice(0, 300)}`;
    const documented = found.described.responses[String(response.status)];
    if (documented === undefined) throw new Error(`undocumented status: ${what}`);
    const type = (response.headers.get('content-type') ?? '').replace(/;.*/, '');
    if (documented.content === undefined) {
      if (text !== '') throw new Error(`undocumented content: ${what}`);
      return undefined;
    }
    const content = documented.content[type];
    if (content === undefined) throw new Error(`undocumented type ${type}: ${what}`);
    if (content.schema === undefined) return undefined;
    const json: unknown = JSON.parse(text);
    const validate = this.#validatorOf(content.schema);
    if (validate(json)) return json;
    throw new Error(`not as documented: ${what} ${this.#ajv.errorsText(validate.errors)}`);
  }

  #validatorOf(schema: object): ValidateFunction {
    const known = this.#validators.get(schema);
    if (known !== undefined) return known;
    const validate = this.#ajv.compile({ ...schema, components: this.document.components });
    this.#validators.set(schema, validate);
    return validate;
  }
}
