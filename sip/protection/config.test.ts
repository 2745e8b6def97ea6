import { expect, it } from 'vitest';
import { dialOutConfig } from './config.ts';
import { judgeDialString, parseDialRules } from './dial-string.ts';

it('nobody is called unless the operator says who may be', () => {
  const { allow } = dialOutConfig.parse({});
  const rules = parseDialRules(allow);
  expect(rules && judgeDialString('+302101234567', rules).ok).toBe(false);
});

it('a pattern that is none is told with one that is', () => {
  const { error } = dialOutConfig.safeParse({ allow: ['+30-210*'] });
  expect(error?.issues[0]?.message).toContain('such as +30*');
});
