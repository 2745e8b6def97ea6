/**
 * Spreads people over rooms by chance, so that no room has more than one person more than another.
 * @param random 0 ≤ x < 1, as Math.random
 * @returns room of each person
 */
export function assignEvenly(
  people: readonly string[],
  rooms: readonly string[],
  random: () => number,
): ReadonlyMap<string, string> {
  if (rooms.length === 0) return new Map();
  const drawn = people.map((id) => ({ id, order: random() })).toSorted((a, b) => a.order - b.order);
  return new Map(drawn.map(({ id }, index) => [id, rooms[index % rooms.length] ?? '']));
}
