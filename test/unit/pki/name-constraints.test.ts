/** RFC 5280 section 4.2.1.10, form by form. */
import { describe, expect, it } from 'vitest';
import {
  buildCa,
  buildCertificate,
  der,
  dn,
  generalName,
  nameConstraints,
  subjectAlternativeName,
  testKey,
} from '../../testkit/pki-builder.ts';
import { verdictOf } from '../../testkit/pki-path.ts';

type Form = keyof typeof generalName;
type TextForm = Extract<Form, 'dns' | 'email' | 'uri'>;

const permitted = 'ok';
const outside = 'name_not_permitted at 0';
const excluded = 'name_excluded at 0';
const unsupported = 'name_constraint_unsupported at 0';

/** The verdict on a certificate with one alternative name below a CA with one constraint. */
function verdict(name: Buffer, constraint: Buffer): Promise<string> {
  const target = buildCertificate({ extensions: [subjectAlternativeName(name)] });
  return verdictOf({ target, anchors: [buildCa({ extensions: [constraint] })] });
}

describe('a device’s certificate that bears its CA’s own name', () => {
  it('is held to the constraints all the same: self-issued CAs alone are not', async () => {
    const selfIssued = (name: Buffer): Buffer =>
      buildCertificate({ subject: dn('CA'), extensions: [subjectAlternativeName(name)] });
    const only = nameConstraints([generalName.dns('inside.test')]);
    const anchors = [buildCa({ extensions: [only] })];
    const verdictOn = (host: string): Promise<string> =>
      verdictOf({ target: selfIssued(generalName.dns(host)), anchors });
    expect(await verdictOn('a.inside.test')).toBe(permitted);
    expect(await verdictOn('a.outside.test')).toBe(outside);
  });
});

describe('permitted subtrees', () => {
  it.each<[TextForm, string, string, string]>([
    ['dns', 'example.test', 'example.test', permitted],
    ['dns', 'WWW.Example.TEST', 'example.test', permitted],
    ['dns', 'badexample.test', 'example.test', outside],
    ['dns', 'test', 'example.test', outside],
    ['dns', 'a.example.test', '.example.test', permitted],
    ['dns', 'example.test', '.example.test', outside],
    ['dns', '*.example.test', 'example.test', permitted],
    ['dns', '*.test', 'example.test', outside],
    ['dns', 'anything.at.all', '', permitted],
    ['dns', 'example.test.', 'example.test', unsupported],
    ['dns', 'a..test', 'test', unsupported],
    ['dns', '', 'example.test', unsupported],
    ['dns', 'ex ample.test', 'test', unsupported],
    ['email', 'me@example.test', 'example.test', permitted],
    ['email', 'me@EXAMPLE.test', 'example.test', permitted],
    ['email', 'me@sub.example.test', 'example.test', outside],
    ['email', 'me@sub.example.test', '.example.test', permitted],
    ['email', 'me@example.test', '.example.test', outside],
    ['email', 'me@example.test', 'me@example.test', permitted],
    ['email', 'ME@example.test', 'me@example.test', outside],
    ['email', 'you@example.test', 'me@example.test', outside],
    ['email', 'x@evil.test@example.test', 'example.test', permitted],
    ['email', 'example.test', 'example.test', unsupported],
    ['email', '@example.test', 'example.test', unsupported],
    ['uri', 'https://host.test/path', 'host.test', permitted],
    ['uri', 'HTTPS://user:pw@HOST.test:8443/path', 'host.test', permitted],
    ['uri', 'https://sub.host.test/', 'host.test', outside],
    ['uri', 'https://sub.host.test/', '.host.test', permitted],
    ['uri', 'https://host.test/', '.host.test', outside],
    ['uri', 'https://evil.test/@host.test', 'host.test', outside],
    ['uri', 'https://evil.test#@host.test', 'host.test', outside],
    ['uri', 'https://evil.test?@host.test', 'host.test', outside],
    ['uri', 'https://192.0.2.1/', 'host.test', unsupported],
    ['uri', 'https://[2001:db8::1]/', 'host.test', unsupported],
    ['uri', 'urn:uuid:1', 'host.test', unsupported],
    ['uri', 'host.test', 'host.test', unsupported],
  ])('%s %j below %j: %s', async (form, name, base, expected) => {
    const constraint = nameConstraints([generalName[form](base)]);
    expect(await verdict(generalName[form](name), constraint)).toBe(expected);
  });

  it.each([
    [[10, 1, 2, 3], [10, 0, 0, 0, 255, 0, 0, 0], permitted],
    [[11, 1, 2, 3], [10, 0, 0, 0, 255, 0, 0, 0], outside],
    [[10, 1, 2, 3], [10, 1, 2, 3, 255, 255, 255, 255], permitted],
    [[10, 1, 2, 4], [10, 1, 2, 3, 255, 255, 255, 255], outside],
    [[10, 1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 0], permitted],
    [[10, 1, 2], [0, 0, 0, 0, 0, 0, 0, 0], unsupported],
    [Array<number>(16).fill(0), [0, 0, 0, 0, 0, 0, 0, 0], outside],
  ])('ip %j below %j: %s', async (address, range, expected) => {
    const constraint = nameConstraints([generalName.ip(...range)]);
    expect(await verdict(generalName.ip(...address), constraint)).toBe(expected);
  });

  it('do not touch names of another form', async () => {
    const constraint = nameConstraints([generalName.dns('example.test')]);
    expect(await verdict(generalName.email('me@evil.test'), constraint)).toBe(permitted);
  });

  it('permit what lies in any of several', async () => {
    const constraint = nameConstraints([generalName.dns('a.test'), generalName.dns('b.test')]);
    expect(await verdict(generalName.dns('b.test'), constraint)).toBe(permitted);
    expect(await verdict(generalName.dns('c.test'), constraint)).toBe(outside);
  });
});

describe('excluded subtrees', () => {
  it.each<[TextForm, string, string, string]>([
    ['dns', 'a.example.test', 'example.test', excluded],
    ['dns', 'example.org', 'example.test', permitted],
    ['dns', 'example.test', '.example.test', excluded],
    ['dns', '*.example.test', 'www.example.test', excluded],
    ['dns', '*.example.test', 'a.www.example.test', permitted],
    ['dns', '*.example.test', '.www.example.test', excluded],
    ['dns', 'example.test.', 'other.test', unsupported],
    ['dns', 'a.example.test', 'example.test.', unsupported],
    ['dns', 'a.example.test', '*.example.test', unsupported],
    ['dns', 'a.example.test', '..example.test', unsupported],
    ['dns', 'anything.at.all', '', excluded],
    ['email', 'me@example.test', 'example.test', excluded],
    ['email', 'me@example.test', '@example.test', unsupported],
    ['email', 'me@example.test', 'example.test.', unsupported],
    ['email', 'me@example.test', 'me@', unsupported],
    ['email', 'ME@example.test', 'me@example.test', excluded],
    ['email', 'you@example.test', 'me@example.test', permitted],
    ['uri', 'https://host.test/', 'host.test', excluded],
    ['uri', 'https://host.test/', 'https://host.test', unsupported],
    ['uri', 'https://192.0.2.1/', 'host.test', unsupported],
  ])('%s %j below %j: %s', async (form, name, base, expected) => {
    const constraint = nameConstraints([], [generalName[form](base)]);
    expect(await verdict(generalName[form](name), constraint)).toBe(expected);
  });

  it('win over permitted ones', async () => {
    const constraint = nameConstraints(
      [generalName.dns('example.test')],
      [generalName.dns('bad.example.test')],
    );
    expect(await verdict(generalName.dns('x.bad.example.test'), constraint)).toBe(excluded);
    expect(await verdict(generalName.dns('good.example.test'), constraint)).toBe(permitted);
  });
});

describe('subjects', () => {
  const org = (name: string, ...rest: string[]) => dn(['2.5.4.10', name], ...rest);
  const below = (subject: Buffer, constraint: Buffer) =>
    verdictOf({
      target: buildCertificate({ subject }),
      anchors: [buildCa({ extensions: [constraint] })],
    });

  it('must lie within the directory names', async () => {
    const constraint = nameConstraints([generalName.directory(org('Org'))]);
    expect(await below(org('ORG ', 'device'), constraint)).toBe(permitted);
    expect(await below(org('Other', 'device'), constraint)).toBe(outside);
    expect(await below(der(0x30), constraint)).toBe(permitted);
  });

  it('have their e-mail addresses checked like alternative names', async () => {
    const email = '1.2.840.113549.1.9.1';
    const constraint = nameConstraints([generalName.email('example.test')]);
    expect(await below(dn([email, 'me@example.test']), constraint)).toBe(permitted);
    expect(await below(dn([email, 'me@evil.test']), constraint)).toBe(outside);
  });
});

describe('constraints along a path', () => {
  const sub = (fields: Parameters<typeof buildCa>[0] = {}) =>
    buildCa({
      subject: dn('Sub'),
      subjectKey: testKey('sub'),
      issuer: dn('CA'),
      issuerKey: testKey('ca'),
      ...fields,
    });
  const leaf = (name: string) =>
    buildCertificate({
      issuer: dn('Sub'),
      issuerKey: testKey('sub'),
      extensions: [subjectAlternativeName(generalName.dns(name))],
    });

  it('add up: a name must please every CA above it', async () => {
    const anchors = [buildCa({ extensions: [nameConstraints([generalName.dns('a.test')])] })];
    const wider = [sub({ extensions: [nameConstraints([generalName.dns('test')])] })];
    expect(await verdictOf({ target: leaf('x.a.test'), intermediates: wider, anchors })).toBe('ok');
    expect(await verdictOf({ target: leaf('b.test'), intermediates: wider, anchors })).toBe(
      outside,
    );
  });

  it('hold for CAs too, but not for self-issued ones', async () => {
    const constraint = nameConstraints([generalName.directory(dn('CA'))]);
    const anchors = [buildCa({ extensions: [constraint] })];
    const named = dn('CA', 'leaf');
    const throughSub = {
      target: buildCertificate({ issuer: dn('Sub'), issuerKey: testKey('sub'), subject: named }),
      intermediates: [sub()],
      anchors,
    };
    expect(await verdictOf(throughSub)).toBe('name_not_permitted at 1');
    const onlyDns = nameConstraints([generalName.dns('inside.test')]);
    const rollover = buildCa({
      subjectKey: testKey('ca2'),
      issuerKey: testKey('ca'),
      extensions: [subjectAlternativeName(generalName.dns('outside.test'))],
    });
    const target = buildCertificate({ issuerKey: testKey('ca2') });
    const inputs = { target, intermediates: [rollover] };
    const binding = [buildCa({ extensions: [onlyDns] })];
    expect(await verdictOf({ ...inputs, anchors: binding })).toBe('ok');
  });
});

describe('forms that cannot be compared', () => {
  it.each([
    ['registered identifiers', generalName.registeredId('1.2.3')],
    ['other names of that type', generalName.other('1.3.6.1.4.1.311.20.2.3', 'me@x.test')],
    ['X.400 addresses', der(0xa3, der(5))],
    ['EDI party names', der(0xa5, der(5))],
  ])('refuse %s where a CA constrains them', async (_, name) => {
    expect(await verdict(name, nameConstraints([name]))).toBe(unsupported);
    expect(await verdict(name, nameConstraints([], [name]))).toBe(unsupported);
    expect(await verdict(generalName.dns('x.test'), nameConstraints([name]))).toBe(permitted);
  });

  it('let pass other names of another type', async () => {
    const constraint = nameConstraints([generalName.other('1.2.3', 'x')]);
    expect(await verdict(generalName.other('1.2.4', 'x'), constraint)).toBe(permitted);
  });
});
