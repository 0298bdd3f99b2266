import { administration } from '@ringback/administration';
import { billing } from '@ringback/billing';
import { intake } from '@ringback/intake';
import { notification } from '@ringback/notification';
import { query } from '@ringback/query';
import type { ServiceDefinition } from '@ringback/service-kit';
import { slaTimer } from '@ringback/sla-timer';

/** All services, in the order in which they start. */
export const services: ServiceDefinition[] = [administration, billing, intake, slaTimer, notification, query];
