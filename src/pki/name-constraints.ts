/**
 * Name constraints (RFC 5280 sections 4.2.1.10, 6.1.3 (b) and (c)). The intersection of permitted
 * subtrees is not computed: a name lies in it exactly if each CA above permits the name, and that is
 * what is checked. Where a form leaves a doubt, the doubt refuses.
 */
import type { Certificate } from './certificate.ts';
import type { GeneralName } from './general-name.ts';
import type { NameConstraints } from './name-constraints-extension.ts';
import { formatName, nameIsEmpty, nameIsWithin } from './name.ts';
import { oids } from './object-identifiers.ts';
import type { PathRuleCode } from './path-rules.ts';
import type { WorkBudget } from './work-budget.ts';

/** Why a name is refused. */
export interface NameObjection {
  readonly code: Extract<
    PathRuleCode,
    | 'name_not_permitted'
    | 'name_excluded'
    | 'name_constraint_unsupported'
    | 'too_many_name_comparisons'
  >;
  /** The name, for people. */
  readonly name: string;
}

/** Whether a name lies in a subtree; undefined where the two cannot be compared. */
type Comparison = boolean | undefined;

/**
 * Every name of a certificate that constraints apply to: the subject (if not empty), the alternative
 * names, and each emailAddress of the subject as an rfc822Name. RFC 5280 asks the last only of
 * certificates without a subjectAltName; a constraint that holds always is the stricter reading.
 */
export function constrainedNames(certificate: Certificate): readonly GeneralName[] {
  const { subject, subjectAlternativeName = [] } = certificate;
  const names: GeneralName[] = [...subjectAlternativeName];
  if (nameIsEmpty(subject)) return names;
  names.push({ form: 'directoryName', value: subject });
  for (const { type, text } of subject.rdns.flat()) {
    if (type === oids.emailAddress) names.push({ form: 'rfc822Name', value: text ?? '' });
  }
  return names;
}

/** @returns why one of the names breaks the constraints of one CA, or undefined */
export function nameObjection(
  names: readonly GeneralName[],
  constraints: NameConstraints,
  budget: WorkBudget,
): NameObjection | undefined {
  for (const name of names) {
    const code = objectionTo(name, constraints, budget);
    if (code !== undefined) return { code, name: describeGeneralName(name) };
  }
  return undefined;
}

function objectionTo(
  name: GeneralName,
  { permitted, excluded }: NameConstraints,
  budget: WorkBudget,
): NameObjection['code'] | undefined {
  for (const base of excluded) {
    if (!sameForm(name, base)) continue;
    if (!budget.spendNameComparison()) return 'too_many_name_comparisons';
    const within = isWithin(name, base, 'excluded');
    if (within === undefined) return 'name_constraint_unsupported';
    if (within) return 'name_excluded';
  }
  let restricted = false;
  for (const base of permitted) {
    if (!sameForm(name, base)) continue;
    if (!budget.spendNameComparison()) return 'too_many_name_comparisons';
    const within = isWithin(name, base, 'permitted');
    if (within === undefined) return 'name_constraint_unsupported';
    if (within) return undefined;
    restricted = true;
  }
  return restricted ? 'name_not_permitted' : undefined;
}

/** Each type-id of otherName is a form of its own (X.509 section 9.4.2.1). */
function sameForm(name: GeneralName, base: GeneralName): boolean {
  if (name.form === 'otherName' && base.form === 'otherName') return name.typeId === base.typeId;
  return name.form === base.form;
}

type SubtreeKind = 'permitted' | 'excluded';

function isWithin(name: GeneralName, base: GeneralName, kind: SubtreeKind): Comparison {
  if (name.form === 'directoryName' && base.form === 'directoryName') {
    return nameIsWithin(name.value, base.value);
  }
  if (name.form === 'iPAddress' && base.form === 'iPAddress') {
    return addressIsWithin(name.value, base.value);
  }
  if (name.form === 'dNSName' && base.form === 'dNSName') {
    return dnsNameIsWithin(name.value, base.value, kind);
  }
  if (name.form === 'rfc822Name' && base.form === 'rfc822Name') {
    return mailboxIsWithin(name.value, base.value, kind);
  }
  if (name.form === 'uniformResourceIdentifier' && base.form === 'uniformResourceIdentifier') {
    return uriIsWithin(name.value, base.value);
  }
  return undefined;
}

function addressIsWithin(address: Uint8Array, range: Uint8Array): Comparison {
  if (address.length !== 4 && address.length !== 16) return undefined;
  if (range.length !== 2 * address.length) return false;
  return address.every((octet, i) => {
    const mask = range[address.length + i] ?? 0;
    return (octet & mask) === ((range[i] ?? 0) & mask);
  });
}

/**
 * A name lies under a base that it ends with, at a label's border. A leading period, which RFC 5280
 * does not give to this form but CAs use, asks for one label more; when excluding, it does not.
 */
function dnsNameIsWithin(name: string, base: string, kind: SubtreeKind): Comparison {
  if (!isHostName(name.startsWith('*.') ? name.slice(2) : name) || !isHostBase(base)) {
    return undefined;
  }
  const host = name.toLowerCase();
  const domain = base.toLowerCase();
  const zone = kind === 'excluded' ? domain.replace(/^\./, '') : domain;
  if (zone === '') return true;
  if (zone.startsWith('.')) return host.endsWith(zone);
  if (host === zone || host.endsWith(`.${zone}`)) return true;
  // A wildcard stands for every name under its parent, and so for an excluded one there.
  return kind === 'excluded' && host.startsWith('*.') && parentOf(zone) === host.slice(2);
}

function parentOf(host: string): string {
  return host.slice(host.indexOf('.') + 1);
}

/**
 * True for a host, one with a leading period, and the empty text, which is every host. What else a CA
 * writes, such as a wildcard or a final period, excludes nothing if it is compared as it stands.
 */
function isHostBase(base: string): boolean {
  return base === '' || isHostName(base.replace(/^\./, ''));
}

/** A base is a mailbox, a host, or (with a leading period) every host of a domain. */
function mailboxIsWithin(mailbox: string, base: string, kind: SubtreeKind): Comparison {
  const at = mailbox.lastIndexOf('@');
  const host = mailbox.slice(at + 1).toLowerCase();
  if (at < 1 || !isHostName(host)) return undefined;
  const baseAt = base.lastIndexOf('@');
  const baseHost = base.slice(baseAt + 1).toLowerCase();
  const isBase = baseAt < 0 ? isHostBase(baseHost) : baseAt > 0 && isHostName(baseHost);
  if (!isBase) return undefined;
  if (baseAt > 0) {
    const locals = [mailbox.slice(0, at), base.slice(0, baseAt)];
    // A local part's case may count (RFC 5321 section 2.4); when excluding, do not rely on it.
    const [local, baseLocal] =
      kind === 'excluded' ? locals.map((local) => local.toLowerCase()) : locals;
    return host === baseHost && local === baseLocal;
  }
  return hostIsWithin(host, baseHost);
}

/** A base is a host or, with a leading period, every host of a domain; a URI needs such a host. */
function uriIsWithin(uri: string, base: string): Comparison {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1];
  const host = authority
    ?.replace(/^[^@]*@/, '')
    .replace(/:[0-9]*$/, '')
    .toLowerCase();
  // Section 4.2.1.10: no authority, or no host name in it: the certificate must be rejected.
  if (host === undefined || !isHostName(host) || /^[0-9.]+$/.test(host)) return undefined;
  if (!isHostBase(base)) return undefined;
  return hostIsWithin(host, base.toLowerCase());
}

function hostIsWithin(host: string, base: string): boolean {
  if (base === '') return true;
  return base.startsWith('.') ? host.endsWith(base) && host !== base : host === base;
}

/** True for dot-separated, non-empty labels of letters, digits, hyphens and underscores. */
function isHostName(host: string): boolean {
  return host.length <= 253 && /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(host);
}

function describeGeneralName(name: GeneralName): string {
  switch (name.form) {
    case 'rfc822Name':
    case 'dNSName':
    case 'uniformResourceIdentifier':
    case 'registeredID':
      return `${name.form} ${JSON.stringify(name.value.slice(0, 256))}`;
    case 'iPAddress':
      return `iPAddress ${formatAddress(name.value)}`;
    case 'otherName':
      return `otherName ${name.typeId}`;
    case 'directoryName':
      return `directoryName ${JSON.stringify(formatName(name.value).slice(0, 256))}`;
    case 'x400Address':
    case 'ediPartyName':
      return name.form;
  }
}

function formatAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  const groups: string[] = [];
  for (let i = 0; i + 1 < address.length; i += 2) {
    groups.push((((address[i] ?? 0) << 8) | (address[i + 1] ?? 0)).toString(16));
  }
  return groups.join(':');
}
