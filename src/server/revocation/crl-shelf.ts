/** The CRLs in storage, parsed once for as long as they stay the same. */
import type { Clock } from '../../core/index.ts';
import { parseCrl, type Crl } from '../../pki/index.ts';
import { createRefreshed } from '../refreshed.ts';
import type { RevocationStore, StoredCrl, StoredCrlInfo } from '../storage/index.ts';

/** A CRL with what is known of where it came from. */
export interface ShelvedCrl {
  readonly info: StoredCrlInfo;
  readonly crl: Crl;
}

/** See the head of this file. */
export interface CrlShelf {
  /** What there is; at most {@link maxAge} ms behind a change by another process. */
  list(): Promise<readonly StoredCrlInfo[]>;
  /** @returns the CRL of a source, or undefined where there is none */
  get(source: string): Promise<ShelvedCrl | undefined>;
  /** @returns false, with nothing changed, where another CRL took the predecessor's place */
  replace(crl: StoredCrl, predecessor: string | undefined): Promise<boolean>;
  /** Makes the next call look into storage. */
  changed(): void;
}

/** How soon a running server notices a change by another process, in milliseconds. */
const maxAge = 1000;

/** Source names of uploaded CRLs start like this; all others are addresses. */
export const uploadedPrefix = 'uploaded:';

/** Makes a shelf over storage. */
export function createCrlShelf(store: RevocationStore, clock: Clock): CrlShelf {
  const parsed = new Map<string, Crl>();
  const infos = createRefreshed(
    async () => {
      const list = await store.listCrls();
      const kept = new Set(list.map(({ sha256 }) => sha256));
      for (const sha256 of parsed.keys()) if (!kept.has(sha256)) parsed.delete(sha256);
      return new Map(list.map((info) => [info.source, info]));
    },
    clock,
    maxAge,
  );
  return {
    async list() {
      return [...(await infos.get()).values()];
    },
    async get(source) {
      const info = (await infos.get()).get(source);
      if (info === undefined) return undefined;
      const known = parsed.get(info.sha256);
      if (known !== undefined) return { info, crl: known };
      const stored = await store.readCrl(source);
      if (stored === undefined) return undefined;
      const { der, ...current } = stored;
      const crl = parsed.get(current.sha256) ?? parseCrl(der);
      parsed.set(current.sha256, crl);
      return { info: current, crl };
    },
    async replace(crl, predecessor) {
      const replaced = await store.replaceCrl(crl, predecessor);
      infos.invalidate();
      return replaced;
    },
    changed: () => {
      infos.invalidate();
    },
  };
}
