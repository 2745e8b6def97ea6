import { Icon } from '../icons/icon.tsx';
import { avatarColour, initials } from '../identity/avatar.ts';

interface AvatarProps {
  id: string;
  name: string;
  size?: 's';
  /** There by telephone. */
  isPhone?: boolean;
}

/** Initials, or a telephone, on the person's colour. Decoration: the name stands beside it. */
export function Avatar({ id, name, size, isPhone = false }: AvatarProps) {
  return (
    <span
      class={size ? `avatar avatar-${size}` : 'avatar'}
      style={{ background: `var(--avatar-${avatarColour(id)})` }}
      aria-hidden="true"
    >
      {isPhone ? <Icon name="phone" size={size ?? 'm'} /> : initials(name)}
    </span>
  );
}
