/** What `countersign doctor` makes of what it saw. Pure: the seeing is done by the command. */
import { counted } from '../../core/index.ts';
import type { BrowserPolicyFinding } from '../../agent/browser-policies.ts';
import type { SettingsProblem } from '../../agent/config/resolve-settings.ts';
import type { AgentStatus } from '../../agent/control/control-api.ts';
import type { Sweep } from '../../agent/identity-source.ts';
import type { ServerCheck } from '../../agent/server-check.ts';
import type { ServiceScope } from '../../agent/service/service-description.ts';
import { keystoreErrors } from '../../keystore/index.ts';
import { formatName } from '../../pki/index.ts';
import { checkInBrief } from './server-checks.ts';
import type { ServiceState } from './service-commands.ts';

/** One line of the report. */
export interface Finding {
  readonly area:
    'versions' | 'settings' | 'agent' | 'service' | 'store' | 'certificate' | 'server' | 'browser';
  readonly level: 'ok' | 'warning' | 'problem';
  readonly what: string;
  /** What to do; absent where nothing is to be done. */
  readonly remedy?: string;
}

/** What was seen. */
export interface Observations {
  readonly versions: string;
  /** Names of the settings' sources, and what is wrong with the settings. */
  readonly settingsSources: string;
  readonly settingsProblems: readonly SettingsProblem[];
  /** Undefined where no agent of this user is running. */
  readonly agent: AgentStatus | undefined;
  /** Why its socket could not be asked, though there is one; undefined otherwise. */
  readonly agentFailure: string | undefined;
  /** Of the settings; `holder` ends a sentence on who has one, undefined where nobody is seen to. */
  readonly ports: readonly { readonly port: number; readonly holder: string | undefined }[];
  readonly sweep: Sweep;
  readonly checks: readonly ServerCheck[];
  readonly browsers: readonly BrowserPolicyFinding[];
  /** Each way of installing the agent. */
  readonly services: readonly (ServiceState & { readonly scope: ServiceScope })[];
  /** Of this program; another one may be running. */
  readonly installedVersion: string;
  /** When. */
  readonly now: Date;
}

/** Seconds by which a clock may be wrong without a word: half of what the protocol allows. */
const clockTolerance = 30;

/** Milliseconds before a certificate's end from which it is time for its renewal to be looked after. */
const renewalDue = 14 * 86_400_000;

/** Makes the report, in the order in which a person should read it. */
export function findingsOf(seen: Observations): readonly Finding[] {
  return [
    { area: 'versions', level: 'ok', what: seen.versions },
    ...settingsFindings(seen),
    ...agentFindings(seen),
    ...serviceFindings(seen.services),
    ...storeFindings(seen.sweep),
    ...seen.checks.flatMap((check) => [
      ...serverFindings(check),
      ...expiryFindings(check, seen.now),
    ]),
    ...seen.browsers.map(browserFinding),
  ];
}

function settingsFindings({ settingsSources, settingsProblems }: Observations): Finding[] {
  return [
    { area: 'settings', level: 'ok', what: `read from ${settingsSources}` },
    ...settingsProblems.map(({ code, source, message }): Finding => ({
      area: 'settings',
      level: code === 'settings_missing' ? 'problem' : 'warning',
      what: `${message} [${code}]`,
      remedy: `${code === 'settings_missing' ? 'Write' : 'Correct'} ${source}; "countersign config show --origin" shows what applies meanwhile.`,
    })),
  ];
}

function agentFindings(seen: Observations): Finding[] {
  const { agent, agentFailure, ports, installedVersion } = seen;
  if (agent !== undefined) return runningFindings(agent, installedVersion);
  return agentFailure === undefined ? absentFindings(ports) : [stuckFinding(agentFailure)];
}

function runningFindings(agent: AgentStatus, installedVersion: string): Finding[] {
  const what = `running, version ${agent.version}, process ${agent.processId}, port ${agent.port}`;
  const running: Finding = { area: 'agent', level: 'ok', what };
  if (agent.version === installedVersion) return [running];
  return [
    running,
    {
      area: 'agent',
      level: 'warning',
      what: `version ${agent.version} is running, ${installedVersion} is installed`,
      remedy: 'Install the service again: "countersign service install" as it was installed.',
    },
  ];
}

function stuckFinding(what: string): Finding {
  return {
    area: 'agent',
    level: 'problem',
    what,
    remedy:
      'Start it anew: "countersign service stop", then "countersign service start"; its log says more. The machine’s agent answers administrators only.',
  };
}

function absentFindings(ports: Observations['ports']): Finding[] {
  const held = ports.filter(({ holder }) => holder !== undefined);
  const allHeld = held.length === ports.length;
  return [
    {
      area: 'agent',
      level: 'problem',
      what: 'no agent of this user is running',
      remedy: allHeld
        ? 'End what holds one of its ports, or name other ports in the settings of agent and server.'
        : 'Start it: "countersign service start", or "countersign run" to see why it ends.',
    },
    ...held.map(({ port, holder = '' }): Finding => ({
      area: 'agent',
      level: 'warning',
      what: `port ${port} is taken ${holder}`,
    })),
  ];
}

const scopeNames: Readonly<Record<ServiceScope, string>> = {
  user: 'for this user',
  'all-users': 'for all users',
  machine: 'for the machine',
};

function serviceFindings(services: Observations['services']): Finding[] {
  const installed = services.filter((service) => service.installed);
  if (services.length > 0 && installed.length === 0) {
    return [
      {
        area: 'service',
        level: 'warning',
        what: 'not installed: nothing starts the agent at sign-in',
        remedy: 'Install it: "countersign service install".',
      },
    ];
  }
  return installed.map((service): Finding => {
    const { scope, manager = '' } = service;
    const what = `installed ${scopeNames[scope]}, ${manager}`;
    const flaw = flawOf(service);
    if (flaw === undefined) return { area: 'service', level: 'ok', what };
    return {
      area: 'service',
      level: 'warning',
      what: `${what}; ${flaw.what}`,
      remedy: flaw.remedy,
    };
  });
}

function flawOf({
  current,
  enabled,
  known,
}: ServiceState): { readonly what: string; readonly remedy: string } | undefined {
  const again = '"countersign service install" as it was installed';
  if (!current) {
    return {
      what: 'its description is another version’s or program’s',
      remedy: `Renew it: ${again}.`,
    };
  }
  if (!enabled) return { what: 'it does not start by itself', remedy: `Have it start: ${again}.` };
  if (known) return undefined;
  return { what: 'it is not running', remedy: 'Start it: "countersign service start".' };
}

function storeFindings({ certificates, problems }: Sweep): Finding[] {
  const read: Finding =
    certificates.length > 0
      ? {
          area: 'store',
          level: 'ok',
          what: `${counted(certificates.length, 'certificate')} found`,
        }
      : {
          area: 'store',
          level: 'problem',
          what: 'no certificate found',
          remedy:
            'Check that the device management has deployed one, and "stores" in the settings.',
        };
  return [
    read,
    ...problems.map(({ location, code, message }): Finding => ({
      area: 'store',
      level: 'warning',
      what: `${location}: ${message} [${code}]`,
      remedy: keystoreErrors[code],
    })),
  ];
}

function serverFindings(check: ServerCheck): Finding[] {
  const { issuer, outcome, selection, clockAheadSeconds } = check;
  const findings: Finding[] = [
    {
      area: 'server',
      level: outcome === 'ready' ? 'ok' : 'problem',
      what: `${issuer}: ${checkInBrief(check)}`,
      ...(outcome === 'ready' ? {} : { remedy: remedyFor(outcome) }),
    },
  ];
  if (clockAheadSeconds !== undefined && Math.abs(clockAheadSeconds) > clockTolerance) {
    const way = clockAheadSeconds > 0 ? 'ahead of' : 'behind';
    findings.push({
      area: 'server',
      level: 'warning',
      what: `${issuer}: this device's clock is ${Math.abs(clockAheadSeconds)} s ${way} the server's`,
      remedy: 'Set the clock by the network’s time (NTP): challenges live for two minutes.',
    });
  }
  return [
    ...findings,
    ...(selection?.rejected ?? []).map(({ certificate, code, message }): Finding => ({
      area: 'certificate',
      level: code === 'identity_not_preferred' || outcome === 'ready' ? 'ok' : 'warning',
      what: `${formatName(certificate.certificate.subject)}, not for ${issuer}: ${message} [${code}]`,
    })),
  ];
}

function expiryFindings({ issuer, selection }: ServerCheck, now: Date): Finding[] {
  const certificate = selection?.chosen?.identity.certificate;
  if (certificate === undefined) return [];
  if (certificate.notAfter.getTime() - now.getTime() > renewalDue) return [];
  const until = certificate.notAfter.toISOString();
  return [
    {
      area: 'certificate',
      level: 'warning',
      what: `${formatName(certificate.subject)}, for ${issuer}: valid until ${until}, and no newer one is there`,
      remedy: 'Check why the device management has not renewed it yet.',
    },
  ];
}

function remedyFor(outcome: 'no_answer' | 'failed'): string {
  return outcome === 'no_answer'
    ? 'The lines on certificates say why each will not do; the server’s authorities must have issued one.'
    : 'Check network, proxy and "caFile", and that "issuer" and "origins" are those of the server.';
}

function browserFinding({ browser, origin, access }: BrowserPolicyFinding): Finding {
  const what = `${browser}, ${origin}: ${access}`;
  if (access === 'allowed') return { area: 'browser', level: 'ok', what };
  return {
    area: 'browser',
    level: access === 'blocked' ? 'problem' : 'warning',
    what,
    remedy:
      browser === 'Firefox'
        ? 'Name the origin’s host in SkipDomains of the policy LocalNetworkAccess.'
        : 'Name the origin in LoopbackNetworkAllowedForUrls, and in no blocking policy.',
  };
}
