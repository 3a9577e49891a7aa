/** Where a certificate says that its status is to be had. */
import {
  oids,
  type Certificate,
  type DistributionPoint,
  type GeneralName,
} from '../../pki/index.ts';

/** Addresses of one method. */
export interface StatusAddresses {
  /** One list for each distribution point or responder: its addresses give the same thing. */
  readonly places: readonly (readonly string[])[];
  /** Addresses that are not used, such as those of ldap. */
  readonly skipped: readonly string[];
}

/** Most places and addresses at each that are looked at, whatever a certificate lists. */
const maxPlaces = 8;
const maxAddresses = 4;

/** Addresses of complete CRLs (RFC 5280 section 4.2.1.13). */
export function crlAddresses({ crlDistributionPoints = [] }: Certificate): StatusAddresses {
  return pointAddresses(crlDistributionPoints);
}

/** Addresses of delta CRLs (RFC 5280 sections 4.2.1.15 and 5.2.6). */
export function deltaCrlAddresses(points: readonly DistributionPoint[] | undefined) {
  return pointAddresses(points ?? []);
}

/** Addresses of OCSP responders (RFC 6960 section 3.1). */
export function ocspAddresses({ authorityInfoAccess = [] }: Certificate): StatusAddresses {
  const locations = authorityInfoAccess
    .filter(({ method }) => method === oids.ocsp)
    .map(({ location }) => [location]);
  return sortOut(locations);
}

function pointAddresses(points: readonly DistributionPoint[]): StatusAddresses {
  return sortOut(points.map(({ name }) => (name?.form === 'fullName' ? name.names : [])));
}

function sortOut(places: readonly (readonly GeneralName[])[]): StatusAddresses {
  const texts = places
    .slice(0, maxPlaces)
    .map((names) =>
      names
        .slice(0, maxAddresses)
        .flatMap((name) => (name.form === 'uniformResourceIdentifier' ? [name.value] : [])),
    );
  return {
    places: texts.map((list) => list.filter(isHttp)).filter((list) => list.length > 0),
    skipped: texts.flat().filter((address) => !isHttp(address)),
  };
}

function isHttp(address: string): boolean {
  return /^https?:/i.test(address);
}
