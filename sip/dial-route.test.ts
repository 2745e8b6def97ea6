import { expect, test } from 'vitest';
import { sipConfig } from './config.ts';
import { isTrunksFault, routesOf } from './dial-route.ts';

const { trunks } = sipConfig.parse({
  trunks: [
    { name: 'anywhere', server: 'a.example' },
    { name: 'greece', server: 'b.example', dialNumbers: ['+30*', '!+3069*'] },
    { name: 'athens', server: 'c.example', dialNumbers: ['+30210*'] },
    { name: 'only-calls-us', sources: ['192.0.2.1'] },
  ],
});
const routes = (number: string, down: readonly string[] = []): string[] =>
  routesOf(number, trunks, (name) => !down.includes(name)).map(({ name }) => name);

test('the trunk whose pattern fits most closely is tried first, one without a server never', () => {
  expect(routes('+302101234567')).toEqual(['athens', 'greece', 'anywhere']);
  expect(routes('+302310123456')).toEqual(['greece', 'anywhere']);
  expect(routes('+306912345678')).toEqual(['anywhere']);
  expect(routes('+493012345')).toEqual(['anywhere']);
});

test('one that is known not to work is tried last', () => {
  expect(routes('+302101234567', ['athens'])).toEqual(['greece', 'anywhere', 'athens']);
});

test.each([
  ['no answer at all', 0, false, true],
  ['a refused password', 401, false, true],
  ['no route, or no credit', 403, false, true],
  ['no line free', 503, false, true],
  ['somebody who is busy', 486, false, false],
  ['somebody who declines', 603, false, false],
  ['a number that there is not', 404, false, false],
  ['a telephone that rang and was lost', 503, true, false],
])('%s: another trunk is tried or not', (_, status, hasRung, isTried) => {
  expect(isTrunksFault(status, hasRung)).toBe(isTried);
});
