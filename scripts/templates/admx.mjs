// Group Policy templates (ADMX, ADML). The registry has no lists of objects: an entry of such a list is
// one line of JSON, as src/agent/config/policy-values.ts reads it.
import { escapeXml } from './xml.mjs';

const example = (setting) =>
  setting.value.kind === 'array'
    ? setting.example.map((entry) => JSON.stringify(entry)).join('\n')
    : undefined;

/** The elements of a policy: id, label, kind, and the registry value that each writes. */
function elementsOf(name, setting, key) {
  const { kind, members } = setting.value;
  if (kind !== 'object') {
    return [{ id: name, valueName: name, key, label: setting.title, value: setting.value }];
  }
  return Object.entries(members).map(([member, { value, description, required }]) => ({
    id: `${name}_${member}`,
    valueName: member,
    key: `${key}\\${name}`,
    label: description,
    required,
    value,
  }));
}

function elementXml({ id, valueName, key, value, required = true }) {
  const place = `id="${id}" key="${key}" valueName="${valueName}"`;
  const need = required ? ' required="true"' : '';
  switch (value.kind) {
    case 'array':
      return `        <multiText ${place}${need} />`;
    case 'text':
      return `        <text ${place}${need} maxLength="2048" />`;
    case 'integer':
      return `        <decimal ${place}${need} minValue="${value.minimum}" maxValue="${value.maximum}" />`;
    case 'choice': {
      const items = value.choices.map(
        (choice) =>
          `          <item displayName="$(string.${id}_${choice})"><value><string>${choice}</string></value></item>`,
      );
      return [`        <enum ${place}${need}>`, ...items, '        </enum>'].join('\n');
    }
    default:
      throw new Error(`No policy element for values of the kind ${value.kind}.`);
  }
}

/** The policies. */
export function admx(settings, domain) {
  const key = `Software\\Policies\\${domain}`;
  const policies = Object.entries(settings).map(([name, setting]) => {
    const elements = elementsOf(name, setting, key).map(elementXml);
    return `    <policy name="${name}" class="Both" displayName="$(string.${name})" explainText="$(string.${name}_explain)" key="${key}" presentation="$(presentation.${name})">
      <parentCategory ref="${domain}" />
      <supportedOn ref="supported" />
      <elements>
${elements.join('\n')}
      </elements>
    </policy>`;
  });
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">
  <policyNamespaces>
    <target prefix="countersign" namespace="${domain}.Policies" />
  </policyNamespaces>
  <resources minRequiredRevision="1.0" />
  <supportedOn>
    <definitions>
      <definition name="supported" displayName="$(string.supported)" />
    </definitions>
  </supportedOn>
  <categories>
    <category name="${domain}" displayName="$(string.category)" />
  </categories>
  <policies>
${policies.join('\n')}
  </policies>
</policyDefinitions>
`;
}

function explanation(setting) {
  const lines = [setting.description];
  const { items } = setting.value;
  if (items?.kind === 'object') lines.push('One entry a line, each a JSON object.');
  else if (items !== undefined) lines.push('One entry a line.');
  const shown = example(setting);
  if (shown !== undefined) lines.push(`Example:\n${shown}`);
  return lines.join('\n\n');
}

function stringsOf([name, setting]) {
  const strings = [
    [name, setting.title],
    [`${name}_explain`, explanation(setting)],
  ];
  for (const choice of setting.value.choices ?? []) strings.push([`${name}_${choice}`, choice]);
  return strings;
}

function controlXml({ id, label, value }) {
  const text = escapeXml(label);
  switch (value.kind) {
    case 'array':
      return `        <text>${text}</text>\n        <multiTextBox refId="${id}" />`;
    case 'integer':
      return `        <decimalTextBox refId="${id}" defaultValue="${value.minimum}">${text}</decimalTextBox>`;
    case 'choice':
      return `        <dropdownList refId="${id}" noSort="true">${text}</dropdownList>`;
    default:
      return `        <textBox refId="${id}"><label>${text}</label></textBox>`;
  }
}

/** Their texts, in English. */
export function adml(settings) {
  const strings = [
    ['category', 'Countersign'],
    ['supported', 'Countersign agent'],
    ...Object.entries(settings).flatMap(stringsOf),
  ].map(([id, text]) => `      <string id="${id}">${escapeXml(text)}</string>`);
  const presentations = Object.entries(settings).map(
    ([name, setting]) => `      <presentation id="${name}">
${elementsOf(name, setting, '').map(controlXml).join('\n')}
      </presentation>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitionResources xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">
  <displayName>Countersign</displayName>
  <description>Settings of the Countersign agent</description>
  <resources>
    <stringTable>
${strings.join('\n')}
    </stringTable>
    <presentationTable>
${presentations.join('\n')}
    </presentationTable>
  </resources>
</policyDefinitionResources>
`;
}
