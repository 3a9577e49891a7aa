// A configuration profile for macOS that enforces the servers; other settings stand beside them under
// the names of docs/settings.md.
import { createHash } from 'node:crypto';
import { escapeXml } from './xml.mjs';

/** A UUID (RFC 9562 section 5.8) that is always the same for the same name. */
function uuidOf(name) {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`.toUpperCase();
}

function plist(value, indent) {
  if (typeof value === 'string') return `${indent}<string>${escapeXml(value)}</string>`;
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`;
  if (Array.isArray(value)) {
    const entries = value.map((entry) => plist(entry, `${indent}  `));
    return [`${indent}<array>`, ...entries, `${indent}</array>`].join('\n');
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${indent}  <key>${name}</key>\n${plist(member, `${indent}  `)}`,
  );
  return [`${indent}<dict>`, ...members, `${indent}</dict>`].join('\n');
}

/** The profile. */
export function mobileconfig(settings, domain) {
  const profile = {
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: `${domain}.profile`,
    PayloadUUID: uuidOf(`${domain}.profile`),
    PayloadDisplayName: 'Countersign agent',
    PayloadScope: 'System',
    PayloadContent: [
      {
        PayloadType: domain,
        PayloadVersion: 1,
        PayloadIdentifier: `${domain}.settings`,
        PayloadUUID: uuidOf(`${domain}.settings`),
        PayloadDisplayName: 'Settings of the Countersign agent',
        servers: settings.servers.example,
      },
    ],
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${plist(profile, '')}
</plist>
`;
}
