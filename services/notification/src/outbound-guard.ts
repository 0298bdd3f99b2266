import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent } from 'undici';

/** The target is an address that nobody outside should make us talk to. */
class TargetForbidden extends Error {
  constructor(host: string) {
    super(`${host} is a private, loopback or reserved address; set ALLOW_PRIVATE_WEBHOOKS to allow it`);
    this.name = 'TargetForbidden';
  }
}

const connectMilliseconds = 5_000;

/** Whether an IP address is one of the public internet. IPv4 inside IPv6 counts as the IPv4 address that it is. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

/**
 * Connections of outbound webhooks. The name is resolved once and the very address that was checked is connected to,
 * so that a name which changes between the two gains nothing.
 */
export function createOutboundAgent(allowPrivate: boolean): Agent {
  const guarded: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 4);
      const refused = addresses.find(({ address }) => !allowPrivate && !isPublicAddress(address));
      if (refused !== undefined) return callback(new TargetForbidden(hostname), '', 4);
      const [first] = addresses;
      if (options.all === true) return callback(null, addresses as never);
      callback(null, first?.address ?? '', first?.family ?? 4);
    });
  };
  return new Agent({
    connect: { lookup: guarded, timeout: connectMilliseconds },
    keepAliveTimeout: 10_000,
    connections: 8,
  });
}

/** Throws `TargetForbidden` for a URL whose host is an address already: those are never looked up. */
export function checkTarget(target: string, allowPrivate: boolean): void {
  const { hostname } = new URL(target);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && ipaddr.isValid(host) && !isPublicAddress(host)) throw new TargetForbidden(host);
}
