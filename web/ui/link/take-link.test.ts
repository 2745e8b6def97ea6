import { describe, expect, it } from 'vitest';
import { takeLink } from './take-link.ts';

/** A history entry that remembers. */
class Entry {
  state: unknown = null;
  address = '';

  replaceState(state: unknown, _title: string, address?: string | URL | null): void {
    this.state = state;
    this.address = String(address);
  }
}

const at = (search: string, hash = '', pathname = '/standup') => ({
  origin: 'https://meet.example',
  pathname,
  search,
  hash,
});

describe('what a link asks for', () => {
  it('leaves the address, the token with the rest', () => {
    const entry = new Entry();
    const params = takeLink(at('?lang=el&jwt=a.b.c', '#config.startWithAudioMuted=true'), entry);
    expect(params).toEqual({ language: 'el', token: 'a.b.c', startWithAudioMuted: true });
    expect(entry.address).toBe('https://meet.example/standup');
  });

  it('is still there after a reload of the same page', () => {
    const entry = new Entry();
    takeLink(at('?jwt=a.b.c', '#jitsi_meet_external_api_id=2'), entry);
    expect(takeLink(at(''), entry)).toEqual({ token: 'a.b.c', apiId: 2 });
  });

  it('is nothing for a plain address, which stays as it is', () => {
    const entry = new Entry();
    expect(takeLink(at(''), entry)).toEqual({});
    expect(entry.address).toBe('');
  });

  it('stays on this host whatever the path looks like', () => {
    const entry = new Entry();
    takeLink(at('?jwt=a.b.c', '', '//evil.example/x'), entry);
    expect(new URL(entry.address).host).toBe('meet.example');
  });

  it.each([7, 'link', { link: 7 }, { link: { search: 7, hash: null } }])(
    'is nothing in a foreign state %j',
    (state) => {
      const entry = new Entry();
      entry.state = state;
      expect(takeLink(at(''), entry)).toEqual({});
    },
  );
});
