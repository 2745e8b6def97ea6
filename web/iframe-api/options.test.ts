import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('options come as an object or, from old embedders, by position', () => {
  expect(readOptions([{ roomName: 'tea', width: 300 }])).toEqual({ roomName: 'tea', width: 300 });
  expect(readOptions(['tea', 300, '50%', undefined, { startAudioOnly: true }, {}, 'a.b.c', undefined, 'el'])).toEqual({
    roomName: 'tea',
    width: 300,
    height: '50%',
    configOverwrite: { startAudioOnly: true },
    interfaceConfigOverwrite: {},
    jwt: 'a.b.c',
    lang: 'el',
  });
  expect(readOptions([])).toEqual({});
});
