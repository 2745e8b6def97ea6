/** A room name as a title: `board-meeting` → `Board meeting`. Names that already have spaces or capitals stay. */
export function roomTitle(displayName: string): string {
  const spaced = displayName.replaceAll(/[-_]+/gu, ' ').trim();
  if (spaced === '') return displayName;
  const [first = '', ...rest] = spaced;
  return first.toLocaleUpperCase() + rest.join('');
}
