/** Makes the use cases over the services of a server. */
import { actAs } from './acting.ts';
import type { Administrations } from './administration.ts';
import type { AdministrationContext } from './context.ts';
import { alarmUseCases, deviceUseCases } from './device-use-cases.ts';
import {
  administratorUseCases,
  apiTokenUseCases,
  auditUseCases,
  federationUseCases,
  signingKeyUseCases,
} from './server-use-cases.ts';
import {
  applicationUseCases,
  overviewUseCases,
  policyUseCases,
  signInUseCases,
} from './sign-in-use-cases.ts';
import {
  authorityUseCases,
  certificateUseCases,
  crlUseCases,
  platformUseCases,
} from './trust-use-cases.ts';

/** Makes them. */
export function createAdministrations(context: AdministrationContext): Administrations {
  return {
    as(actor) {
      const acting = actAs(actor, context);
      return {
        actor,
        overview: overviewUseCases(context),
        authorities: authorityUseCases(context, acting),
        crls: crlUseCases(context, acting),
        certificates: certificateUseCases(context),
        platforms: platformUseCases(context, acting),
        policies: policyUseCases(context, acting),
        applications: applicationUseCases(context, acting),
        devices: deviceUseCases(context, acting),
        alarms: alarmUseCases(context, acting),
        signIns: signInUseCases(context),
        signingKeys: signingKeyUseCases(context, acting),
        administrators: administratorUseCases(context, acting),
        apiTokens: apiTokenUseCases(context, acting),
        federation: federationUseCases(context, acting),
        audit: auditUseCases(context),
      };
    },
  };
}
