// A custom configuration profile for Windows, as Microsoft Graph takes it: it brings the ADMX to the
// device and sets the servers. Other settings follow the same pattern.
import { escapeXml } from './xml.mjs';

/** What separates the lines of a multiText element in an OMA-URI. */
const lineSeparator = '&#xF000;';

/** The profile. */
export function intuneProfile(settings, domain, admxText) {
  const { title, example } = settings.servers;
  const lines = example.map((entry) => escapeXml(JSON.stringify(entry))).join(lineSeparator);
  const vendor = './Device/Vendor/MSFT/Policy';
  const setting = (displayName, omaUri, value) => ({
    '@odata.type': '#microsoft.graph.omaSettingString',
    displayName,
    omaUri,
    value,
  });
  return {
    '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
    displayName: 'Countersign agent',
    description: 'Settings of the Countersign agent',
    omaSettings: [
      setting(
        'Administrative template',
        `${vendor}/ConfigOperations/ADMXInstall/${domain}/Policy/${domain}`,
        admxText,
      ),
      setting(
        title,
        `${vendor}/Config/${domain}~Policy~${domain}/servers`,
        `<enabled/><data id="servers" value="${lines}"/>`,
      ),
    ],
  };
}
