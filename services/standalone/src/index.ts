import { intake } from '@ringback/intake';
import { notification } from '@ringback/notification';
import { query } from '@ringback/query';
import type { ServiceDefinition } from '@ringback/service-kit';
import { slaTimer } from '@ringback/sla-timer';

/** The four services, composed. */
export const services: ServiceDefinition[] = [intake, slaTimer, notification, query];
