export { isAnonymous } from './anonymous.ts';
export { type Call, type CallEvent, presumeEnded, takeCallEvent } from './call.ts';
export {
  isCountry,
  type ParsedPhoneNumber,
  type PhoneNumberOptions,
  parsePhoneNumber,
} from './parse-phone-number.ts';
