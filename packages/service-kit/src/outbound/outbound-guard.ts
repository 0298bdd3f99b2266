import { type LookupAddress, type LookupOptions, lookup as lookupHost } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent } from 'undici';
import { TargetForbidden } from '../errors.ts';

/** Finds all addresses of a name. */
export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

const connectMilliseconds = 5_000;
/** Azure answers its virtual machines' questions for credentials here, an address that looks like any other. */
const platformAddresses = new Set(['168.63.129.16']);
/** All that is assigned to the public internet (RFC 4291, 2.4). */
const globalUnicast = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/** Whether an IP address is one of the public internet. IPv4 inside IPv6 counts as the IPv4 address that it is. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast' || platformAddresses.has(parsed.toString())) return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
}

/**
 * Connections of outbound webhooks. The name is resolved once and the very address that was checked is connected to,
 * so that a name which changes between the two gains nothing. A name with one forbidden address is refused whole.
 */
export function createOutboundAgent(allowPrivate: boolean, resolve: Resolve | null = null): Agent {
  const find: Resolve =
    resolve ?? ((hostname, callback) => lookupHost(hostname, { all: true, verbatim: true }, callback));
  const guarded: LookupFunction = (hostname, { all, family }, callback) => {
    find(hostname, (error, addresses) => {
      // In a callback of the resolver: what is thrown here would end the process.
      const chosen = error ?? chooseAddresses(hostname, addresses, allowPrivate, family);
      if (chosen instanceof Error) return callback(chosen, '', 4);
      if (all === true) callback(null, chosen);
      else callback(null, chosen[0].address, chosen[0].family);
    });
  };
  return new Agent({
    connect: { lookup: guarded, timeout: connectMilliseconds },
    keepAliveTimeout: 10_000,
  });
}

function chooseAddresses(
  hostname: string,
  addresses: LookupAddress[],
  allowPrivate: boolean,
  family: LookupOptions['family'],
): [LookupAddress, ...LookupAddress[]] | Error {
  try {
    if (!allowPrivate && addresses.some(({ address }) => !isPublicAddress(address)))
      return new TargetForbidden(hostname);
    const [first, ...others] = addresses.filter((each) => !family || each.family === family);
    return first === undefined ? new Error(`${hostname} has no address`) : [first, ...others];
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Throws `TargetForbidden` for a URL whose host is an address already: those are never looked up. */
export function checkTarget(target: string, allowPrivate: boolean): void {
  const { hostname } = new URL(target);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && ipaddr.isValid(host) && !isPublicAddress(host)) throw new TargetForbidden(host);
}
