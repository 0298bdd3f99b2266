export * from './aggregate.ts';
export { administrationCloudEventSchema } from './cloud-event-schema.ts';
export * from './events.ts';
export {
  NotificationChannel,
  notificationChannelNames,
  notificationChannels,
  storedTargets,
  targetBy,
  targetsOf,
} from './notification-channels.ts';
export * from './requests.ts';
