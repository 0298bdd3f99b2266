import type { Directory } from '@ringback/directory';
import { fieldProblem } from '../http/problems/problem.ts';

/** Throws `validation-failed` for a customer that is named and that there is not. */
export async function requireCustomer(
  customerId: string | null,
  { customer }: Pick<Directory, 'customer'>,
): Promise<void> {
  if (customerId === null || (await customer(customerId)) !== null) return;
  throw fieldProblem('/body/customerId', `there is no customer "${customerId}"`);
}
