import type { Portrait } from '../screens/portrait.ts';

const SKINS: readonly Portrait['skin'][] = [
  ['#e6b48c', '#c58d66'],
  ['#f0c8a8', '#d8a57f'],
  ['#8f5c3b', '#6d4226'],
  ['#c99468', '#a87247'],
  ['#f3d1b6', '#deb08c'],
];
const HAIR = ['#b4874c', '#2c221e', '#17130f', '#5c2e22', '#7a5030', '#8f9499'];
const STYLES: readonly Portrait['hairStyle'][] = ['long', 'short', 'tied', 'bob'];
const SHIRTS: readonly Portrait['shirt'][] = [
  ['#3f6f8f', '#2b536d'],
  ['#6a5590', '#4a3a68'],
  ['#d0a13f', '#a97f2c'],
  ['#4f7a5c', '#34543f'],
  ['#b1563f', '#86402e'],
  ['#d9d2c4', '#b5ad9d'],
];
const WALLS: readonly Portrait['wall'][] = [
  ['#b9c6d0', '#8393a2'],
  ['#93a08c', '#5f6e5b'],
  ['#40535a', '#28373d'],
  ['#c6d0ce', '#95a5a3'],
  ['#84695a', '#584337'],
  ['#d0beaa', '#9c8b78'],
];
const PROPS: readonly Portrait['prop'][] = ['lamp', 'window', 'plant', 'shelf'];

export function portraitOf(index: number): Portrait {
  const pick = <T>(list: readonly T[], step: number) => list[(index * step + (index >> 2)) % list.length] as T;
  return {
    skin: pick(SKINS, 1),
    hair: pick(HAIR, 1),
    hairStyle: pick(STYLES, 1),
    shirt: pick(SHIRTS, 5),
    wall: pick(WALLS, 1),
    prop: pick(PROPS, 3),
  };
}

export const NAMES = [
  'Eleni Markou',
  'Jonas Weber',
  'Amara Okafor',
  'Giulia Conti',
  'Nikos Papadakis',
  'Claire Dubois',
  'Tomás Herrera',
  'Priya Nair',
  'Lukas Brandt',
  'Fatima Zahra',
  'Mateusz Nowak',
  'Ingrid Solberg',
  'Daniel Osei',
  'Yuki Tanaka',
  'Katerina Vlachou',
  'Marco Ricci',
  'Anouk Jansen',
  'Omar Haddad',
  'Sofia Lindqvist',
  'Pavel Horák',
  'Chloé Martin',
  'Andreas Keller',
  'Dimitra Ioannou',
  'Ben Carter',
  'Κωνσταντίνος Παπαδημητρίου',
  'Αικατερίνη Χατζηγεωργίου',
] as const;
