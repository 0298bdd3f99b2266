/** What a computation thread runs for `customers.ts`. */
import { type ContactNumbers, CustomerRequest, readContactNumbers } from '@ringback/domain/administration';
import { fieldProblems, readBody } from '@ringback/service-kit/task';

/** The body of a request with the numbers of its contacts. Throws `Problem`. */
export function readCustomerBody(text: string | undefined): {
  request: CustomerRequest;
  numbers: ContactNumbers;
} {
  const request = readBody(text, CustomerRequest);
  const read = readContactNumbers(request);
  if ('numbers' in read) return { request, numbers: read.numbers };
  throw fieldProblems(
    read.faults.map(({ path, message }) => ({ pointer: `/body/${path.join('/')}`, detail: message })),
  );
}
