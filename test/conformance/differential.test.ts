/**
 * OpenSSL as oracle: both validators are asked about the same random paths. Where they differ, the
 * difference belongs to a class that is explained below, or the test fails.
 *
 * COUNTERSIGN_DIFFERENTIAL_CASES and COUNTERSIGN_DIFFERENTIAL_SEED ask for more or other cases.
 */
import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  defaultRevocationSettings,
  encodePem,
  findCertificationPath,
  oids,
  parseCertificate,
  parseCrl,
  PkiError,
  trustAnchorFromCertificate,
  type PathResult,
} from '../../src/pki/index.ts';
import { nodeSignatureChecker } from '../../src/verifier/node-signature-checker.ts';
import { signTbs, testTime } from '../testkit/pki-builder.ts';
import { mutate } from '../testkit/pki-fuzz.ts';
import { opensslComponent } from '../testkit/pki-openssl.ts';
import { nodeHash } from '../testkit/pki-pkits.ts';
import { Dice, makeScenario, type Scenario } from '../testkit/pki-random-paths.ts';
import { describeWith } from '../testkit/require-component.ts';

const cases = Number(process.env['COUNTERSIGN_DIFFERENTIAL_CASES'] ?? 2000);
const seed = Number(process.env['COUNTERSIGN_DIFFERENTIAL_SEED'] ?? 1);
const mutations = Math.ceil(cases / 4);
/** Scenarios that one OpenSSL process is asked about. */
const batchSize = 500;

/** What OpenSSL says: `OK`, or the sentence of its error. */
type OracleVerdict = string;

interface Comparison {
  readonly scenario: Scenario;
  readonly ours: PathResult;
  readonly theirs: OracleVerdict;
}

interface DifferenceClass {
  readonly why: string;
  readonly holds: (comparison: Comparison) => boolean;
}

/** We accept what OpenSSL refuses. */
const oursIsMoreLenient: readonly DifferenceClass[] = [
  {
    why: 'OpenSSL refuses an issuer whose key identifier differs. RFC 5280 uses key identifiers to build paths, not to judge them; the signature decides.',
    holds: ({ theirs }) => theirs.includes('unable to get'),
  },
  {
    why: 'OpenSSL does not backtrack out of a branch that leads nowhere (the path found is checked with OpenSSL apart).',
    holds: ({ scenario }) => scenario.features.has('branch'),
  },
  {
    why: 'OpenSSL’s sslclient purpose does not take anyExtendedKeyUsage (RFC 5280 section 4.2.1.12 does).',
    holds: ({ scenario, theirs }) => has(scenario, 'any purpose') && theirs.includes('purpose'),
  },
];

/** We refuse what OpenSSL accepts. */
const oursIsStricter: readonly DifferenceClass[] = [
  {
    why: 'OpenSSL takes a certificate with keyCertSign for a CA’s even without basic constraints; RFC 5280 section 6.1.4 (k) does not.',
    holds: ({ scenario, ours }) =>
      has(scenario, 'no basic constraints') && !ours.ok && /not_(a_)?ca$/.test(ours.code),
  },
  {
    why: 'A root’s policy extensions bind here (RFC 5937, see certificateBinds); OpenSSL leaves them out of the policy tree.',
    holds: ({ scenario, ours }) =>
      ['root: policies', 'root: policy constraints', 'root: inhibit anyPolicy'].some((feature) =>
        scenario.features.has(feature),
      ) &&
      !ours.ok &&
      ours.code === 'no_acceptable_policy',
  },
  {
    why: 'A CRL that names the key that signed the certificate, but is out of date or forged, is not made good by one that the same CA signed with another key: that one may list other certificates.',
    holds: ({ scenario, ours }) =>
      scenario.features.has('self-issued') && !ours.ok && ours.code === 'revocation_status_unknown',
  },
];

/** We accept a mutated certificate that OpenSSL refuses. */
const lenientOnMutations: readonly DifferenceClass[] = [
  {
    why: 'The target’s own key is a point beside its curve. No signature verifies with it, as every checker finds when it is used; OpenSSL decodes it beforehand.',
    holds: ({ scenario }) => !keyIsUsable(scenario.target),
  },
];

function keyIsUsable(certificate: Buffer): boolean {
  try {
    const { der } = parseCertificate(certificate).publicKey;
    createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    return true;
  } catch {
    return false;
  }
}

/** Whether the feature is there, whichever certificate has it. */
function has({ features }: Scenario, feature: string): boolean {
  return ['root', 'CA', 'target'].some((holder) => features.has(`${holder}: ${feature}`));
}

describeWith('agreement with OpenSSL', [opensslComponent()], ([command = 'openssl']) => {
  it(`on ${cases} random paths`, { timeout: 600_000 }, async () => {
    const tally = { bothAccept: 0, bothRefuse: 0, lenient: 0, stricter: 0 };
    const unexplained: string[] = [];
    for (let first = 0; first < cases; first += batchSize) {
      const scenarios = Array.from({ length: Math.min(batchSize, cases - first) }, (_, i) =>
        makeScenario(first + i, seed),
      );
      const verdicts = askOracle(command, scenarios);
      const pathsAlone: Scenario[] = [];
      for (const [i, scenario] of scenarios.entries()) {
        const ours = await validate(scenario);
        const comparison = { scenario, ours, theirs: verdicts[i] ?? 'no answer' };
        if (ours.ok) pathsAlone.push(pathAlone(scenario, ours));
        const accepted = comparison.theirs === 'OK';
        if (ours.ok === accepted) tally[accepted ? 'bothAccept' : 'bothRefuse']++;
        else {
          tally[ours.ok ? 'lenient' : 'stricter']++;
          const classes = ours.ok ? oursIsMoreLenient : oursIsStricter;
          if (!classes.some(({ holds }) => holds(comparison)))
            unexplained.push(describe(comparison));
        }
      }
      unexplained.push(...judgePathsAlone(command, pathsAlone));
    }
    process.stdout.write(`differential: ${JSON.stringify(tally)}\n`);
    expect(unexplained).toEqual([]);
    // Both verdicts must really occur, or the comparison says nothing.
    expect(tally.bothAccept).toBeGreaterThan(cases / 10);
    expect(tally.bothRefuse).toBeGreaterThan(cases / 10);
  });

  it(`on ${mutations} mutated certificates`, { timeout: 600_000 }, async () => {
    expect(await compareMutations(command)).toEqual([]);
  });
});

/** Mutated contents, signed anew: what the readers let through and what they make of it. */
async function compareMutations(command: string): Promise<string[]> {
  const dice = new Dice(seed);
  const scenarios = Array.from({ length: mutations }, (_, i) => {
    const scenario = makeScenario(i, seed);
    const { tbsDer } = parseCertificate(scenario.target);
    const target = signTbs(Buffer.from(mutate(tbsDer, dice)), scenario.issuerKey);
    return { ...scenario, target };
  });
  const verdicts = askOracle(command, scenarios);
  const unexplained: string[] = [];
  for (const [i, scenario] of scenarios.entries()) {
    const theirs = verdicts[i] ?? 'no answer';
    // A reader that is stricter than OpenSSL's needs no further explanation.
    const ours = isReadable(scenario.target) ? await validate(scenario) : undefined;
    if (ours === undefined || ours.ok === (theirs === 'OK')) continue;
    const comparison = { scenario, ours, theirs };
    const classes = ours.ok ? [...oursIsMoreLenient, ...lenientOnMutations] : oursIsStricter;
    if (!classes.some(({ holds }) => holds(comparison))) unexplained.push(describe(comparison));
  }
  return unexplained;
}

function isReadable(certificate: Buffer): boolean {
  try {
    parseCertificate(certificate);
    return true;
  } catch (error) {
    if (error instanceof PkiError) return false;
    throw error;
  }
}

function validate({ target, intermediates, root, crls }: Scenario): Promise<PathResult> {
  const available = crls.map((crl, i) => ({ crl: parseCrl(crl), origin: String(i) }));
  return findCertificationPath({
    target: parseCertificate(target),
    intermediates: intermediates.map((certificate) => parseCertificate(certificate)),
    anchors: [trustAnchorFromCertificate(parseCertificate(root))],
    time: testTime,
    checker: nodeSignatureChecker,
    requiredPurposes: [oids.clientAuth],
    requiredKeyUsages: ['digitalSignature'],
    revocation: {
      source: { crlsFor: () => available, ocspResponsesFor: () => [] },
      settings: { ...defaultRevocationSettings, methods: ['crl'] },
      crlIssuers: [],
      hash: nodeHash,
    },
  });
}

/** The scenario with nothing offered but the path that was found. */
function pathAlone(scenario: Scenario, result: Extract<PathResult, { ok: true }>): Scenario {
  const intermediates = result.path.certificates.slice(1).map(({ der }) => Buffer.from(der));
  return { ...scenario, intermediates };
}

/** Whatever branches there were: the very path that we accept, OpenSSL must accept too. */
function judgePathsAlone(command: string, scenarios: readonly Scenario[]): string[] {
  const verdicts = askOracle(command, scenarios);
  return scenarios.flatMap((scenario, i) => {
    const theirs = verdicts[i] ?? 'no answer';
    const explained =
      theirs === 'OK' ||
      theirs.includes('unable to get') ||
      (has(scenario, 'any purpose') && theirs.includes('purpose'));
    return explained ? [] : [`path alone, case ${scenario.id}: ${theirs}`];
  });
}

/** Asks one OpenSSL process about many targets. */
function askOracle(command: string, scenarios: readonly Scenario[]): OracleVerdict[] {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-differential-'));
  try {
    const write = (name: string, label: string, objects: readonly Buffer[]): string => {
      const path = join(folder, name);
      writeFileSync(path, objects.map((object) => encodePem(label, object)).join(''));
      return path;
    };
    const certificates = (list: (scenario: Scenario) => readonly Buffer[], name: string) =>
      write(name, 'CERTIFICATE', scenarios.flatMap(list));
    const options = [
      ...['-CAfile', certificates(({ root }) => [root], 'roots.pem')],
      ...['-untrusted', certificates(({ intermediates }) => intermediates, 'untrusted.pem')],
      ...[
        '-CRLfile',
        write(
          'crls.pem',
          'X509 CRL',
          scenarios.flatMap(({ crls }) => crls),
        ),
      ],
      ...['-attime', String(testTime.getTime() / 1000), '-purpose', 'sslclient'],
      ...['-no-CApath', '-no-CAstore', '-crl_check_all', '-policy_check'],
    ];
    const targets = scenarios.map(({ target }, i) => write(`t${i}.pem`, 'CERTIFICATE', [target]));
    return readVerdicts(run(command, ['verify', ...options, ...targets]), targets);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return `${stderr}\n${stdout}`;
}

/** `FILE: OK` on success; `error FILE: verification failed` after a line `error N at …: TEXT`. */
function readVerdicts(output: string, targets: readonly string[]): OracleVerdict[] {
  const verdicts = new Map<string, string>();
  let reason = '';
  for (const line of output.split('\n')) {
    const error = /^error \d+ at \d+ depth lookup: (.*)$/.exec(line)?.[1];
    if (error !== undefined) reason = reason === '' ? error : `${reason}; ${error}`;
    const failed = /^error (.*): verification failed$/.exec(line)?.[1];
    if (failed !== undefined) {
      verdicts.set(failed, reason === '' ? 'refused' : reason);
      reason = '';
    }
    const ok = /^(.*): OK$/.exec(line)?.[1];
    if (ok !== undefined) verdicts.set(ok, 'OK');
  }
  return targets.map((target) => verdicts.get(target) ?? 'no answer');
}

function describe({ scenario, ours, theirs }: Comparison): string {
  const verdict = ours.ok ? 'OK' : `${ours.code} at ${ours.failure.certificateIndex}`;
  return `case ${scenario.id} [${[...scenario.features].join(', ')}]: ours ${verdict}, OpenSSL ${theirs}`;
}
