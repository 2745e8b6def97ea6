import { avatarColour, initials } from '../identity/avatar.ts';

/** Initials on the person's colour. Decoration: the name stands beside it. */
export function Avatar({ id, name, size }: { id: string; name: string; size?: 's' }) {
  return (
    <span
      class={size ? `avatar avatar-${size}` : 'avatar'}
      style={{ background: `var(--avatar-${avatarColour(id)})` }}
      aria-hidden="true"
    >
      {initials(name)}
    </span>
  );
}
