/**
 * Random certification paths for the differential test: valid ones, and ones with a thing or two
 * broken, shuffled, doubled or cross-certified. Each scenario has names of its own, so that one
 * OpenSSL process can be asked about many. The same seed makes the same scenarios.
 */
import {
  authorityKeyIdentifier,
  basicConstraints,
  buildCertificate,
  buildCrl,
  certificatePolicies,
  der,
  derExtension,
  derInteger,
  dn,
  extendedKeyUsage,
  generalName,
  hoursFromTestTime,
  inhibitAnyPolicy,
  keyUsage,
  nameConstraints,
  policyConstraints,
  policyMappings,
  subjectAlternativeName,
  subjectKeyIdentifier,
  testKey,
  type CertificateFields,
  type TestKey,
} from './pki-builder.ts';

/** One question for both validators. */
export interface Scenario {
  readonly id: number;
  readonly target: Buffer;
  /** The key that signed the target, or should have. */
  readonly issuerKey: TestKey;
  readonly intermediates: readonly Buffer[];
  readonly root: Buffer;
  readonly crls: readonly Buffer[];
  /** What was done to it, for reading and for explaining differences. */
  readonly features: ReadonlySet<string>;
}

/** A small, fast generator of pseudo-random numbers (mulberry32). */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** @returns an integer from 0 to below `sides` */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  }

  chance(oneIn: number): boolean {
    return this.roll(oneIn) === 0;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.roll(values.length)] ?? values[0];
  }

  shuffle<T>(values: readonly T[]): T[] {
    const shuffled = [...values];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.roll(i + 1);
      const [a, b] = [shuffled[i], shuffled[j]];
      if (a !== undefined && b !== undefined) [shuffled[i], shuffled[j]] = [b, a];
    }
    return shuffled;
  }
}

/** A certificate in the making. */
interface Draft {
  readonly isCa: boolean;
  name: string;
  key: TestKey;
  ca: Buffer[];
  usage: Buffer[];
  purpose: Buffer[];
  more: Buffer[];
  fields: CertificateFields;
  keyIdentifier: TestKey;
}

type Breakage = (draft: Draft, dice: Dice) => string;

const dnsNames = ['a.test', 'www.a.test', 'b.test', 'x.www.a.test', 'bad-a.test'] as const;
const mailboxes = ['me@a.test', 'you@www.a.test', 'me@b.test'] as const;
const addresses: readonly [readonly number[], ...(readonly number[])[]] = [
  [10, 0, 0, 1],
  [10, 1, 0, 1],
  [192, 0, 2, 1],
];
const policies = ['1.3.6.1.4.1.99999.1', '1.3.6.1.4.1.99999.2', '2.5.29.32.0'] as const;
const clientAuth = '1.3.6.1.5.5.7.3.2';
const serverAuth = '1.3.6.1.5.5.7.3.1';
const anyExtendedKeyUsage = '2.5.29.37.0';

function randomName(dice: Dice): Buffer {
  switch (dice.roll(3)) {
    case 0:
      return generalName.dns(dice.pick(dnsNames));
    case 1:
      return generalName.email(dice.pick(mailboxes));
    default:
      return generalName.ip(...dice.pick(addresses));
  }
}

function randomSubtree(dice: Dice): Buffer {
  switch (dice.roll(3)) {
    case 0:
      return generalName.dns(dice.pick(['a.test', 'www.a.test', 'test', 'b.test']));
    case 1:
      return generalName.email(dice.pick(['a.test', '.a.test', 'me@a.test', 'b.test']));
    default:
      return generalName.ip(10, dice.roll(2), 0, 0, 255, dice.pick([0, 255]), 0, 0);
  }
}

const breakages: readonly [Breakage, ...Breakage[]] = [
  (draft) => {
    draft.fields = { ...draft.fields, notAfter: hoursFromTestTime(-1) };
    return 'expired';
  },
  (draft) => {
    draft.fields = { ...draft.fields, notBefore: hoursFromTestTime(1) };
    return 'not yet valid';
  },
  (draft) => {
    draft.fields = { ...draft.fields, issuerKey: testKey('forger') };
    return 'forged';
  },
  (draft) => {
    draft.fields = { ...draft.fields, issuer: dn('Nobody') };
    return 'other issuer';
  },
  (draft) => {
    draft.more.push(derExtension('1.3.6.1.4.1.99999.9', true, der(0x05)));
    return 'unknown critical extension';
  },
  (draft) => {
    draft.ca = [basicConstraints(false)];
    return 'not a CA';
  },
  (draft) => {
    draft.ca = [];
    return 'no basic constraints';
  },
  (draft, dice) => {
    if (draft.isCa) draft.ca = [basicConstraints(true, dice.roll(3))];
    return 'path length';
  },
  (draft) => {
    draft.usage = [keyUsage('cRLSign', 'digitalSignature')];
    return 'no keyCertSign';
  },
  (draft) => {
    draft.usage = [];
    return 'no key usage';
  },
  (draft, dice) => {
    const lists = [0, 1].map(() => Array.from({ length: dice.roll(3) }, () => randomSubtree(dice)));
    const [permitted = [], excluded = []] = lists;
    if (draft.isCa && permitted.length + excluded.length > 0) {
      draft.more.push(nameConstraints(permitted, excluded));
    }
    return 'name constraints';
  },
  (draft, dice) => {
    draft.purpose = [extendedKeyUsage(dice.pick([clientAuth, serverAuth]))];
    return 'purpose';
  },
  (draft) => {
    draft.purpose = [extendedKeyUsage(anyExtendedKeyUsage)];
    return 'any purpose';
  },
  (draft, dice) => {
    const first = dice.pick(policies);
    const second = dice.pick(policies);
    draft.more.push(certificatePolicies(...new Set([first, second])));
    if (draft.isCa && dice.chance(2)) {
      draft.more.push(policyMappings([dice.pick(policies), dice.pick(policies)]));
    }
    return 'policies';
  },
  (draft, dice) => {
    if (!draft.isCa) return 'nothing';
    draft.more.push(policyConstraints(dice.roll(3), dice.chance(2) ? dice.roll(2) : undefined));
    return 'policy constraints';
  },
  (draft, dice) => {
    if (draft.isCa) draft.more.push(inhibitAnyPolicy(dice.roll(3)));
    return 'inhibit anyPolicy';
  },
  (draft) => {
    draft.keyIdentifier = testKey('somebody else');
    return 'other key identifier';
  },
];

/** Makes the scenario of a number. */
export function makeScenario(id: number, seed: number): Scenario {
  return new ScenarioMaker(id, new Dice(seed * 1_000_003 + id)).make();
}

class ScenarioMaker {
  private readonly id: number;
  private readonly dice: Dice;
  private readonly features = new Set<string>();

  constructor(id: number, dice: Dice) {
    this.id = id;
    this.dice = dice;
  }

  make(): Scenario {
    const drafts = this.drafts();
    this.break(drafts);
    const certificates = drafts.map((draft, i) => this.build(draft, drafts[i - 1] ?? draft));
    const [root, ...rest] = certificates;
    const target = rest.pop();
    if (root === undefined || target === undefined) throw new Error('too few certificates');
    const intermediates = this.offer(rest, drafts);
    const crls = this.crls(drafts);
    const issuerKey = drafts.at(-2)?.key ?? testKey('level 0');
    return { id: this.id, target, issuerKey, intermediates, root, crls, features: this.features };
  }

  /** Root first, target last. */
  private drafts(): Draft[] {
    const { id, dice } = this;
    const depth = 1 + dice.roll(4);
    return Array.from({ length: depth + 1 }, (_, level) => {
      const isCa = level < depth;
      const name = isCa ? `Authority ${id} ${level}` : `Device ${id}`;
      const key = testKey(isCa ? `level ${level}` : 'device');
      const names = Array.from({ length: dice.roll(3) }, () => randomName(dice));
      return {
        isCa,
        name,
        key,
        ca: isCa ? [basicConstraints(true)] : [],
        usage: [isCa ? keyUsage('keyCertSign', 'cRLSign') : keyUsage('digitalSignature')],
        purpose: [],
        more: !isCa && names.length > 0 ? [subjectAlternativeName(...names)] : [],
        fields: { serialNumber: derInteger(1000 + level) },
        keyIdentifier: key,
      };
    });
  }

  private break(drafts: Draft[]): void {
    const { dice } = this;
    for (let count = dice.roll(4); count > 0; count--) {
      const level = dice.roll(drafts.length);
      const draft = drafts[level];
      const breakage = dice.pick(breakages);
      // One thing of a kind: an extension twice is a matter for the parsers' tests.
      if (draft === undefined || this.used.has(breakage)) continue;
      this.used.add(breakage);
      // A root that is broken as a certificate is no root: what it says about others may vary.
      if (level === 0 && breakages.indexOf(breakage) in rootTaboos) continue;
      const holder = level === 0 ? 'root' : draft.isCa ? 'CA' : 'target';
      this.features.add(`${holder}: ${breakage(draft, dice)}`);
    }
    const below = drafts[2];
    if (below?.isCa === true && dice.chance(8)) {
      below.name = drafts[1]?.name ?? below.name;
      this.features.add('self-issued');
    }
  }

  private readonly used = new Set<Breakage>();

  private build(draft: Draft, issuer: Draft): Buffer {
    const { dice } = this;
    const spelled = dice.chance(10) ? issuer.name.toUpperCase().replace(' ', '   ') : issuer.name;
    return buildCertificate({
      subject: dn(draft.name),
      subjectKey: draft.key,
      issuer: dn(draft === issuer ? issuer.name : spelled),
      issuerKey: issuer.key,
      ...draft.fields,
      extensions: [
        ...draft.ca,
        ...draft.usage,
        ...draft.purpose,
        ...draft.more,
        subjectKeyIdentifier(draft.keyIdentifier),
        authorityKeyIdentifier(issuer.key),
      ],
    });
  }

  /** What is offered besides the target: shuffled, doubled, and with branches that lead nowhere. */
  private offer(certificates: readonly Buffer[], drafts: readonly Draft[]): Buffer[] {
    const { dice } = this;
    const offered = [...certificates];
    const first = offered[0];
    if (first !== undefined && dice.chance(4)) offered.push(first);
    const ca = drafts[1];
    if (ca?.isCa === true && dice.chance(5)) {
      this.features.add('branch');
      const expired = { ...ca, fields: { ...ca.fields, notAfter: hoursFromTestTime(-2) } };
      const foreign = { ...ca, name: 'Foreign', key: testKey('foreign') };
      offered.push(
        this.build(dice.chance(2) ? expired : ca, dice.chance(2) ? foreign : (drafts[0] ?? ca)),
      );
    }
    return dice.shuffle(offered);
  }

  /** A CRL by every CA, mostly good. */
  private crls(drafts: readonly Draft[]): Buffer[] {
    const { dice } = this;
    return drafts.slice(0, -1).flatMap((draft, level) => {
      const extensions = [authorityKeyIdentifier(draft.key)];
      const fields = { issuer: dn(draft.name), issuerKey: draft.key, extensions };
      const revoked = { serialNumber: derInteger(1001 + level), reason: dice.pick([1, 4, 6]) };
      switch (dice.roll(24)) {
        case 0:
          this.features.add('revoked');
          return [buildCrl({ ...fields, entries: [revoked] })];
        case 1:
          this.features.add('stale CRL');
          return [buildCrl({ ...fields, nextUpdate: hoursFromTestTime(-1) })];
        case 2:
          this.features.add('forged CRL');
          return [buildCrl({ ...fields, issuerKey: testKey('forger') })];
        case 3:
          this.features.add('no CRL');
          return [];
        default:
          return [buildCrl({ ...fields, entries: [{ serialNumber: derInteger(7) }] })];
      }
    });
  }
}

/** Breakages (by number) that are not done to roots: expired, not yet valid, forged, other issuer. */
const rootTaboos: Readonly<Record<number, true>> = { 0: true, 1: true, 2: true, 3: true };
