import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentsOf, commandMessage, readMessage, writeMessage } from './message.ts';

describe('a message', () => {
  it('with a command has its arguments as an array', () => {
    const written = writeMessage(commandMessage('display-name', ['Alice']));
    expect(written).toEqual({ type: 'event', data: { name: 'display-name', data: ['Alice'] } });
    const read = readMessage(written);
    expect(read).toMatchObject({ type: 'event', name: 'display-name' });
    expect(read?.type === 'event' && argumentsOf(read.fields)).toEqual(['Alice']);
  });

  it('with a request of a device keeps its fields', () => {
    const content = {
      type: 'request',
      id: 7,
      data: { type: 'devices', name: 'setDevice', device: { label: 'Headset' } },
    };
    expect(readMessage(content)).toMatchObject({
      type: 'request',
      id: 7,
      name: 'setDevice',
      fields: { type: 'devices', device: { label: 'Headset' } },
    });
  });

  it.each([
    [{ type: 'response', id: 1, result: false }, { result: false }],
    [{ type: 'response', id: 1, result: null }, { result: null }],
    [{ type: 'response', id: 1, error: 'no' }, { error: 'no' }],
    [{ type: 'response', id: 1 }, { error: 'an answer without a result' }],
  ])('%j answers %j', (content, answer) => {
    expect(readMessage(content)).toEqual({ type: 'response', id: 1, answer });
  });

  it.each([
    undefined,
    null,
    'event',
    [],
    {},
    { type: 'event' },
    { type: 'event', data: {} },
    { type: 'event', data: { name: 7 } },
    { type: 'event', data: { name: 'x'.repeat(200) } },
    { type: 'request', data: { name: 'is-audio-muted' } },
    { type: 'request', id: 0.5, data: { name: 'is-audio-muted' } },
    { type: 'response', id: '1', result: true },
  ])('is not in %j', (content) => {
    expect(readMessage(content)).toBeUndefined();
  });

  it('with names of the prototype reaches none', () => {
    const content: unknown = JSON.parse(
      '{"type":"event","data":{"__proto__":{"name":"x"},"constructor":{"name":"y"}}}',
    );
    expect(readMessage(content)).toBeUndefined();
    const named: unknown = JSON.parse('{"type":"event","data":{"name":"__proto__","__proto__":{"polluted":true}}}');
    expect(readMessage(named)).toMatchObject({ name: '__proto__' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('is read from anything without an error', () => {
    fc.assert(fc.property(fc.anything(), (content) => void readMessage(content)));
  });
});
