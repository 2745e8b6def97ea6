import { expect, test } from 'vitest';
import { pictureSources, shownPicture } from './pictures.ts';

test('pictures are shown from the origins that the server names, and from no other', () => {
  const url = 'https://cloud.example/avatar/ann/64';
  expect(shownPicture(url)).toBeUndefined();
  pictureSources.value = ['https://cloud.example'];
  expect(shownPicture(url)).toBe(url);
  for (const other of [
    undefined,
    '',
    'nonsense',
    'https://cloud.example.evil.example/x',
    'https://cloud.example@evil.example/x',
    'https://cloud.example:8443/x',
    'http://cloud.example/x',
    'data:image/png;base64,AA==',
  ]) {
    expect(shownPicture(other), other).toBeUndefined();
  }
});
