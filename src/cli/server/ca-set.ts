/** `countersign-server ca set`: how the certificates below an authority are checked for revocation. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AuthorityRevocation } from '../../server/index.ts';

/** Options of the command. */
export interface CaSetOptions {
  readonly revocation?: AuthorityRevocation['mode'];
  readonly graceHours?: number;
  readonly methods?: AuthorityRevocation['methods'];
  readonly unpublished?: AuthorityRevocation['unpublished'];
}

/** Adds {@link CaSetOptions} to a command. */
export function withRevocationOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--revocation <mode>', 'hard-fail, grace or off').choices([
        'hard-fail',
        'grace',
        'off',
      ]),
    )
    .option('--grace-hours <n>', 'how long a status counts after its nextUpdate', readHours)
    .option('--methods <list>', 'crl, ocsp, or both in order: crl,ocsp', readMethods)
    .addOption(
      new Option(
        '--unpublished <what>',
        'certificates that name no CRL and no responder: accept or refuse',
      ).choices(['accept', 'refuse']),
    );
}

/** What the options change. */
export function revocationChanges({
  revocation,
  graceHours,
  methods,
  unpublished,
}: CaSetOptions): Partial<AuthorityRevocation> {
  return {
    ...(revocation === undefined ? {} : { mode: revocation }),
    ...(graceHours === undefined ? {} : { graceHours }),
    ...(methods === undefined ? {} : { methods }),
    ...(unpublished === undefined ? {} : { unpublished }),
  };
}

/** One line on an authority's settings. */
export function revocationText({
  mode,
  graceHours,
  methods,
  unpublished,
}: AuthorityRevocation): string {
  if (mode === 'off') return 'off';
  const grace = mode === 'grace' ? ` of ${graceHours} h` : '';
  const rest = unpublished === 'accept' ? 'accepted' : 'refused';
  return `${mode}${grace}, ${methods.join(' then ')}; certificates that name neither are ${rest}`;
}

function readHours(value: string): number {
  if (/^\d{1,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a whole number of hours.');
}

function readMethods(value: string): AuthorityRevocation['methods'] {
  return value.split(',').map((word) => {
    if (word === 'crl' || word === 'ocsp') return word;
    throw new InvalidArgumentError('It must be crl, ocsp, crl,ocsp or ocsp,crl.');
  });
}
