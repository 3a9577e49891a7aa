import { formatJson, type Output } from '../output.ts';
import { packageVersion } from '../version.ts';

/** Options of the command. */
export interface VersionOptions {
  readonly json?: boolean;
}

/** `countersign version` */
export function version({ json }: VersionOptions, { out }: Output): void {
  const text = packageVersion();
  out(json === true ? formatJson({ version: text, node: process.versions.node }) : `${text}\n`);
}
