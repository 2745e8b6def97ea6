import { describe, expect, it } from 'vitest';
import { takeLinkToken } from './link-token.ts';

/** A history entry that remembers. */
class Entry {
  state: unknown = null;
  address = '';

  replaceState(state: unknown, _title: string, address?: string | URL | null): void {
    this.state = state;
    this.address = String(address);
  }
}

const at = (search: string) => ({ pathname: '/standup', search, hash: '#config.startWithAudioMuted=true' });

describe('the token of a link', () => {
  it('leaves the address, and nothing else does', () => {
    const entry = new Entry();
    expect(takeLinkToken(at('?lang=el&jwt=a.b.c'), entry)).toBe('a.b.c');
    expect(entry.address).toBe('/standup?lang=el#config.startWithAudioMuted=true');
    const bare = new Entry();
    expect(takeLinkToken(at('?jwt=a.b.c'), bare)).toBe('a.b.c');
    expect(bare.address).toBe('/standup#config.startWithAudioMuted=true');
  });

  it('is still there after a reload of the same page', () => {
    const entry = new Entry();
    takeLinkToken(at('?jwt=a.b.c'), entry);
    expect(takeLinkToken(at(''), entry)).toBe('a.b.c');
  });

  it('is none where the link has none, an empty one, or one that no server takes', () => {
    for (const search of ['', '?jwt=', `?jwt=${'x'.repeat(8193)}`]) {
      const entry = new Entry();
      expect(takeLinkToken(at(search), entry)).toBeUndefined();
      expect(entry.address).toBe('');
    }
  });
});
