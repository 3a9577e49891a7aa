/** What it takes to install and to steer the service on each system: files and commands, nothing done. */
import { launchdPlan } from './launchd-plan.ts';
import type { ServicePlan, ServiceRequest } from './service-request.ts';
import { systemdPlan } from './systemd-plan.ts';
import { windowsPlan } from './windows-plan.ts';

/**
 * Plans the service.
 *
 * @param platform - as process.platform
 * @param request - for whom and what
 * @returns undefined where the system has no service manager that is known here
 */
export function planService(
  platform: NodeJS.Platform,
  request: ServiceRequest,
): ServicePlan | undefined {
  switch (platform) {
    case 'linux':
      return systemdPlan(request);
    case 'darwin':
      return launchdPlan(request);
    case 'win32':
      return windowsPlan(request);
    default:
      return undefined;
  }
}
