export { isAnonymous } from './anonymous.ts';
export {
  isCountry,
  type ParsedPhoneNumber,
  type PhoneNumberOptions,
  parsePhoneNumber,
} from './parse-phone-number.ts';
