import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applySourceChange, sourceChange } from './source-change.mjs';

const installed = join(import.meta.dirname, '../../node_modules/mediasoup/worker', sourceChange.file);

describe('the change to DtlsTransport.cpp', () => {
  test('applies to the installed mediasoup and changes nothing but the operator', () => {
    const source = readFileSync(installed, 'utf8');
    const changed = applySourceChange(source);
    const lines = source.split('\n');
    const differing = changed.split('\n').filter((line, index) => line !== lines[index]);
    expect(differing).toEqual([
      expect.stringContaining('(operationType & BIO_CB_RETURN) ? static_cast<long>(ret) : 1'),
    ]);
  });

  test('is refused where its place is missing', () => {
    expect(() => applySourceChange('int main() {}')).toThrow(/must apply once but applies 0 times/);
  });

  test('is refused where its place is there twice', () => {
    expect(() => applySourceChange(`${sourceChange.find}\n${sourceChange.find}`)).toThrow(/applies 2 times/);
  });
});
