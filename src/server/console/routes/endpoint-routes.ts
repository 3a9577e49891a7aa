import { devicePlatforms, type DevicePlatform } from '../../../protocol/index.ts';
import { ServerError } from '../../errors.ts';
import type { PlatformChanges, PlatformTrust } from '../../trust/index.ts';
import type { Fields } from '../form.ts';
import { confirmationPage } from '../pages/confirmation.ts';
import {
  addPlatformPage,
  endpointManagementPage,
  platformPage,
  removalOfPlatform,
  type PlatformForm,
} from '../pages/endpoint-management.ts';
import { platformName } from '../pages/labels.ts';
import { attempt, goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';

const segment = 'endpoint-management';

/** Adds endpoint management. */
export function registerEndpointManagement(scope: ConsoleScope): void {
  const { page, adminPage, action } = scope;
  page(`/${segment}`, async ({ administration, viewer }) => {
    const [settings, authorities] = await Promise.all([
      administration.platforms.settings(),
      administration.authorities.list(),
    ]);
    return show(endpointManagementPage(settings, authorities, viewer));
  });
  adminPage(`/${segment}/add`, async (request) => {
    const { version } = await request.administration.platforms.settings();
    const form = { platforms: [], scope: 'all', authorities: [], version };
    return showAddition(request, form);
  });
  action(`/${segment}/add`, addPlatforms);
  registerPlatform(scope);
}

function registerPlatform({ adminPage, action }: ConsoleScope): void {
  adminPage(`/${segment}/:platform`, async (request) => {
    const platform = readPlatform(request);
    const { platforms, version } = await request.administration.platforms.settings();
    return showPlatform(request, platform, toForm(platforms[platform], version));
  });
  action(`/${segment}/:platform`, async (request) => {
    const platform = readPlatform(request);
    const form = readForm(request.form);
    const changes = { [platform]: { enabled: true, authorities: chosenAuthorities(form) } };
    const fault = await change(request, form, changes);
    if (fault !== undefined) return showPlatform(request, platform, { ...form, fault });
    return goTo([segment], `${platformName(platform)} is saved.`);
  });
  adminPage(`/${segment}/:platform/remove`, async (request) => {
    const { platforms, devices } = request.administration;
    const platform = readPlatform(request);
    const [{ version }, { byPlatform }] = await Promise.all([
      platforms.settings(),
      devices.counts(),
    ]);
    const asked = removalOfPlatform(platform, version, byPlatform[platform] ?? 0);
    return show(confirmationPage(asked, request.viewer));
  });
  action(`/${segment}/:platform/remove`, async ({ administration, form, ...request }) => {
    const platform = readPlatform(request);
    const version = form.integer('version');
    await administration.platforms.change(version, { [platform]: { enabled: false } });
    return goTo([segment], `${platformName(platform)} is removed: none of its devices counts.`);
  });
}

async function addPlatforms(request: ConsoleRequest) {
  const form = readForm(request.form);
  if (form.platforms.length === 0) {
    return showAddition(request, { ...form, fault: 'Choose at least one platform.' });
  }
  const trust = { enabled: true, authorities: chosenAuthorities(form) };
  const changes = Object.fromEntries(form.platforms.map((platform) => [platform, trust]));
  const fault = await change(request, form, changes);
  if (fault !== undefined) return showAddition(request, { ...form, fault });
  return goTo([segment], `${form.platforms.map(platformName).join(', ')} added.`);
}

/** @returns what was wrong, if anything */
async function change(
  { administration }: ConsoleRequest,
  form: PlatformForm,
  changes: PlatformChanges,
): Promise<string | undefined> {
  if (form.scope === 'selected' && form.authorities.length === 0) {
    return 'Choose at least one certificate authority, or let all count.';
  }
  return (await attempt(() => administration.platforms.change(form.version, changes))).fault;
}

async function showAddition({ administration, viewer }: ConsoleRequest, form: PlatformForm) {
  const [{ platforms }, authorities] = await Promise.all([
    administration.platforms.settings(),
    administration.authorities.list(),
  ]);
  const available = devicePlatforms.filter((platform) => !platforms[platform].enabled);
  return show(addPlatformPage(form, available, authorities, viewer), form.fault);
}

async function showPlatform(
  { administration, viewer }: ConsoleRequest,
  platform: DevicePlatform,
  form: PlatformForm,
) {
  const authorities = await administration.authorities.list();
  return show(platformPage(platform, form, authorities, viewer), form.fault);
}

function readPlatform({ param }: Pick<ConsoleRequest, 'param'>): DevicePlatform {
  const platform = devicePlatforms.find((one) => one === param('platform'));
  if (platform === undefined) throw new ServerError('route_not_found');
  return platform;
}

function readForm(form: Fields): PlatformForm {
  return {
    platforms: form.list('platform'),
    scope: form.choice('scope', ['all', 'selected']),
    authorities: form.list('authority'),
    version: form.integer('version'),
  };
}

function toForm({ authorities }: PlatformTrust, version: number): PlatformForm {
  return authorities === 'all'
    ? { platforms: [], scope: 'all', authorities: [], version }
    : { platforms: [], scope: 'selected', authorities, version };
}

function chosenAuthorities({ scope, authorities }: PlatformForm): 'all' | string[] {
  return scope === 'all' ? 'all' : [...authorities];
}
