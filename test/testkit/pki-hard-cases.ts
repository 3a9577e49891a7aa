/** Certificates made to cost a path search all they can; tests count the work, the bench times it. */
import {
  buildCa,
  buildCertificate,
  certificatePolicies,
  dn,
  generalName,
  nameConstraints,
  policyMappings,
  subjectAlternativeName,
  testKey,
} from './pki-builder.ts';
import type { PathInputs } from './pki-path.ts';

/** What a search is given, all of it DER. */
export interface HardCase extends PathInputs {
  readonly intermediates: readonly Uint8Array[];
  readonly anchors: readonly Uint8Array[];
}

/** A CA certificate for one name and key by another; both keys are called as the names. */
export function cross(
  subject: string,
  issuer: string,
  fields: Parameters<typeof buildCa>[0] = {},
): Buffer {
  return buildCa({
    subject: dn(subject),
    subjectKey: testKey(subject),
    issuer: dn(issuer),
    issuerKey: testKey(issuer),
    ...fields,
  });
}

/** An end-entity certificate by the CA of that name. */
export function leafOf(issuer: string, extensions: Buffer[] = []): Buffer {
  return buildCertificate({ issuer: dn(issuer), issuerKey: testKey(issuer), extensions });
}

const levels = 9;
const twins = 4;

/** Four CAs on each of nine levels, any of which may stand below any of the next: 4^9 ways to `Top`. */
export function mesh(extensions: Buffer[] = []): Buffer[] {
  return Array.from({ length: levels * twins }, (_, i) => {
    const level = Math.floor(i / twins);
    return cross(`M${level}`, level === levels - 1 ? 'Top' : `M${level + 1}`, { extensions });
  });
}

/** The mesh below an anchor that is given, or one that has nothing to do with it. */
export function meshCase(anchor = cross('Root', 'Root')): HardCase {
  return { target: leafOf('M0'), intermediates: mesh(), anchors: [anchor] };
}

/** As many ways by names alone; by keys there is one, along the third twin of each level. */
export function needleCase(): HardCase {
  const intermediates = Array.from({ length: levels * twins }, (_, i) => {
    const [level, twin] = [Math.floor(i / twins), i % twins];
    const issuer = level === levels - 1 ? 'Top' : `L${level + 1}`;
    return buildCa({
      subject: dn(`L${level}`),
      subjectKey: testKey(`L${level}-${twin}`),
      issuer: dn(issuer),
      issuerKey: testKey(issuer === 'Top' ? 'Top' : `${issuer}-${twin}`),
    });
  });
  const target = buildCertificate({ issuer: dn('L0'), issuerKey: testKey('L0-2') });
  return { target, intermediates, anchors: [cross('Top', 'Top')] };
}

/** 10,000 permitted names, of which the last fits, and a certificate that bears it so many times. */
export function nameConstraintsCase(names: number): HardCase {
  const bases = Array.from({ length: 10_000 }, (_, i) => generalName.dns(`h${i}.test`));
  const borne = Array.from({ length: names }, () => generalName.dns('x.h9999.test'));
  return {
    target: buildCertificate({ extensions: [subjectAlternativeName(...borne)] }),
    intermediates: [],
    anchors: [buildCa({ extensions: [nameConstraints(bases)] })],
  };
}

/** So many policies, each mapped to every one of them. */
function multiplyingPolicies(count: number): { asserted: Buffer; mapped: Buffer } {
  const policies = Array.from({ length: count }, (_, i) => `1.2.3.${i}`);
  const all = policies.flatMap((a) => policies.map((b) => [a, b] as const));
  return { asserted: certificatePolicies(...policies), mapped: policyMappings(...all) };
}

/** Eight CAs whose 40 policies and 1,600 mappings multiply: 40^8 ways through them (CVE-2023-0464). */
export function policiesCase(): HardCase {
  const { asserted, mapped } = multiplyingPolicies(40);
  const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
  const intermediates = names.map((name, i) =>
    cross(name, names[i + 1] ?? 'Root', { extensions: [asserted, mapped] }),
  );
  return { target: leafOf('A', [asserted]), intermediates, anchors: [cross('Root', 'Root')] };
}

/** The mesh, policies and name constraints together; only the last name of the target is excluded. */
export function combinedCase(): HardCase {
  const { asserted, mapped } = multiplyingPolicies(12);
  const bases = Array.from({ length: 50 }, (_, i) => generalName.dns(`h${i}.test`));
  const names = Array.from({ length: 50 }, () => generalName.dns('free.test'));
  const borne = subjectAlternativeName(...names, generalName.dns('x.h49.test'));
  return {
    target: leafOf('M0', [asserted, borne]),
    intermediates: mesh([asserted, mapped, nameConstraints([], bases)]),
    anchors: [cross('Top', 'Top')],
  };
}
