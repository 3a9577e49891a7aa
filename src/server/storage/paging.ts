/** One page of a list, and where the next one starts. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; undefined on the last page. */
  readonly next: string | undefined;
}

/** Which page of a list to read. */
export interface PageQuery {
  /** Most items of the page. */
  readonly limit: number;
  /** `next` of the page before; undefined for the first one. */
  readonly after?: string | undefined;
}
