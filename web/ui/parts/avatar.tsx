import { Icon } from '../icons/icon.tsx';
import { avatarColour, initials } from '../identity/avatar.ts';
import { shownPicture } from '../identity/pictures.ts';

interface AvatarProps {
  id: string;
  name: string;
  size?: 's';
  /** There by telephone. */
  isPhone?: boolean;
  /** Address of a picture, which may not be to be shown. */
  picture?: string | undefined;
}

/** A picture if there is one, else initials, or a telephone, on the person's colour. Decoration: the name stands beside it. */
export function Avatar({ id, name, size, isPhone = false, picture }: AvatarProps) {
  const source = shownPicture(picture);
  return (
    <span
      class={size ? `avatar avatar-${size}` : 'avatar'}
      style={{ background: `var(--avatar-${avatarColour(id)})` }}
      aria-hidden="true"
    >
      {isPhone ? <Icon name="phone" size={size ?? 'm'} /> : initials(name)}
      {source !== undefined && (
        <img key={source} src={source} alt="" referrerPolicy="no-referrer" hidden onLoad={show} />
      )}
    </span>
  );
}

/** Until then, and if it cannot be fetched, there are the initials. */
function show({ currentTarget }: { readonly currentTarget: HTMLImageElement }): void {
  currentTarget.hidden = false;
}
