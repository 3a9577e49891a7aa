/**
 * Certificates in the shapes that device management systems and their CAs give them: subjects, names
 * and vendors' own extensions, as [MS-WCCE] §2.2.2.7, Intune's SCEP profiles and Apple's SCEP payload
 * have them.
 */
import { der, derExtension, derOid, type TestLeafOptions } from './test-ca.ts';

/** A shape. */
export interface ManagedCertificateShape {
  /** Where it comes from, for people. */
  readonly title: string;
  /** The subject that is to be shown, RFC 4514. */
  readonly subject: string;
  readonly options: TestLeafOptions;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';
const serverAuth = '1.3.6.1.5.5.7.3.1';
const securityIdentifier = 'S-1-5-21-3623811015-3361044348-30300820-1013';
/** digitalSignature and keyEncipherment, as templates and SCEP profiles for RSA keys have them. */
const keyUsage = 0xa0;

type Attribute = readonly [oid: string, tag: number, text: string];

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  domainComponent: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
} as const;
const utf8String = 0x0c;
const printableString = 0x13;
const ia5String = 0x16;

function name(...attributes: readonly Attribute[]): Buffer {
  const rdn = ([oid, tag, text]: Attribute): Buffer =>
    der(0x31, der(0x30, derOid(oid), der(tag, Buffer.from(text))));
  return der(0x30, ...attributes.map(rdn));
}

const dnsName = (text: string): Buffer => der(0x82, Buffer.from(text));
const emailName = (text: string): Buffer => der(0x81, Buffer.from(text));
const uriName = (text: string): Buffer => der(0x86, Buffer.from(text));
const otherName = (oid: string, value: Buffer): Buffer => der(0xa0, derOid(oid), der(0xa0, value));
const userPrincipalName = (text: string): Buffer =>
  otherName('1.3.6.1.4.1.311.20.2.3', der(utf8String, Buffer.from(text)));

function subjectAltName(names: readonly Buffer[], critical = false): Buffer {
  return derExtension('2.5.29.17', critical, der(0x30, ...names));
}

/** szOID_NTDS_CA_SECURITY_EXT, [MS-WCCE] §2.2.2.7.7.4. */
function sidExtension(): Buffer {
  const value = der(0x04, Buffer.from(securityIdentifier));
  const names = der(0x30, otherName('1.3.6.1.4.1.311.25.2.1', value));
  return derExtension('1.3.6.1.4.1.311.25.2', false, names);
}

/** szOID_CERTIFICATE_TEMPLATE and szOID_APPLICATION_CERT_POLICIES, §2.2.2.7.7.2 and §2.2.2.7.7.3. */
function templateExtensions(...purposes: readonly string[]): Buffer[] {
  const template = '1.3.6.1.4.1.311.21.8.4711.815.42.1';
  const version = [der(0x02, Buffer.of(100)), der(0x02, Buffer.of(3))];
  const policies = purposes.map((oid) => der(0x30, derOid(oid)));
  return [
    derExtension('1.3.6.1.4.1.311.21.7', false, der(0x30, derOid(template), ...version)),
    derExtension('1.3.6.1.4.1.311.21.10', false, der(0x30, ...policies)),
  ];
}

/** szOID_ENROLL_CERTTYPE_EXTENSION of version 1 templates, §2.2.2.7.7.1: a BMPString. */
function templateName(text: string): Buffer {
  const utf16 = Buffer.from(text, 'utf16le').swap16();
  return derExtension('1.3.6.1.4.1.311.20.2', false, der(0x1e, utf16));
}

/** CRL distribution points in the directory alone, as an AD CS that was set up by default has them. */
function ldapDistributionPoint(): Buffer {
  const uri =
    'ldap:///CN=CORP-CA,CN=PKI,CN=CDP,CN=Public%20Key%20Services,CN=Services,CN=Configuration,DC=corp,DC=example?certificateRevocationList?base?objectClass=cRLDistributionPoint';
  return derExtension('2.5.29.31', false, der(0x30, der(0x30, der(0xa0, der(0xa0, uriName(uri))))));
}

/** The shapes. */
export const managedCertificateShapes: readonly ManagedCertificateShape[] = [
  {
    title: 'AD CS, a computer by the Workstation Authentication template',
    subject: 'CN=pc-0042.corp.example',
    options: {
      keyType: 'rsa2048',
      keyUsage,
      subject: name([oids.commonName, printableString, 'pc-0042.corp.example']),
      extraExtensions: [
        ...templateExtensions(clientAuth),
        subjectAltName([dnsName('pc-0042.corp.example')]),
        sidExtension(),
        ldapDistributionPoint(),
      ],
    },
  },
  {
    title: 'AD CS, a computer by the version 1 template Machine',
    subject: 'CN=pc-0043.corp.example',
    options: {
      keyType: 'rsa2048',
      keyUsage,
      subject: name([oids.commonName, printableString, 'pc-0043.corp.example']),
      extendedKeyUsage: [clientAuth, serverAuth],
      extraExtensions: [templateName('Machine'), subjectAltName([dnsName('pc-0043.corp.example')])],
    },
  },
  {
    title: 'AD CS, a template without a subject: the names are critical then',
    subject: '',
    options: {
      keyType: 'rsa2048',
      keyUsage,
      subject: name(),
      extraExtensions: [
        ...templateExtensions(clientAuth),
        subjectAltName([dnsName('pc-0044.corp.example')], true),
        sidExtension(),
      ],
    },
  },
  {
    title: 'AD CS, a user, named as in the directory',
    subject: 'CN=Jürgen Müller,OU=Sales,DC=corp,DC=example',
    options: {
      keyType: 'rsa2048',
      keyUsage,
      subject: name(
        [oids.domainComponent, ia5String, 'example'],
        [oids.domainComponent, ia5String, 'corp'],
        [oids.organizationalUnit, printableString, 'Sales'],
        [oids.commonName, utf8String, 'Jürgen Müller'],
      ),
      extendedKeyUsage: [clientAuth, '1.3.6.1.5.5.7.3.4', '1.3.6.1.4.1.311.10.3.4'],
      extraExtensions: [
        ...templateExtensions(clientAuth, '1.3.6.1.5.5.7.3.4'),
        subjectAltName([userPrincipalName('jmueller@corp.example')]),
        sidExtension(),
      ],
    },
  },
  {
    title: 'Intune SCEP, device certificate',
    subject: 'CN=6f1c4d1e-5a0b-4a5e-9b1b-1f0a3c2d4e5f',
    options: {
      keyType: 'rsa2048',
      keyUsage,
      subject: name([oids.commonName, utf8String, '6f1c4d1e-5a0b-4a5e-9b1b-1f0a3c2d4e5f']),
      extraExtensions: [
        subjectAltName([
          dnsName('DESKTOP-4711'),
          uriName(`tag:microsoft.com,2022-09-14:sid:${securityIdentifier}`),
        ]),
      ],
    },
  },
  {
    title: 'Intune SCEP, user certificate',
    subject: 'emailAddress=alice@corp.example,CN=alice',
    options: {
      keyType: 'rsa2048',
      keyUsage,
      subject: name(
        [oids.commonName, utf8String, 'alice'],
        [oids.emailAddress, ia5String, 'alice@corp.example'],
      ),
      extraExtensions: [
        subjectAltName([
          userPrincipalName('alice@corp.example'),
          emailName('alice@corp.example'),
          uriName(`tag:microsoft.com,2022-09-14:sid:${securityIdentifier}`),
        ]),
      ],
    },
  },
  {
    title: 'Jamf Pro SCEP, computer certificate',
    subject: 'CN=C02XK0AAJGH5,OU=Managed Macs,O=Example Corp',
    options: {
      keyType: 'rsa2048',
      keyUsage,
      subject: name(
        [oids.organization, utf8String, 'Example Corp'],
        [oids.organizationalUnit, utf8String, 'Managed Macs'],
        [oids.commonName, utf8String, 'C02XK0AAJGH5'],
      ),
      extraExtensions: [subjectAltName([dnsName('mac-0042.corp.example')])],
    },
  },
];
